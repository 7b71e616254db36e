import type { M3aeParams, MaeParams, TrunkParams } from '../params.js';

/** Parameters that an encoder reads: the trunk, and the textual ones where there is text. */
export type EncoderParams<Leaf> = Omit<TrunkParams<Leaf>, 'types'> &
  Partial<Pick<M3aeParams<Leaf>, 'textEmbedding'>> & {
    readonly types?: { readonly encoderImage: Leaf; readonly encoderText?: Leaf };
  };

/** Parameters of either model: those of MAE, and the textual ones where there are any. */
export type AnyParams<Leaf> = Omit<MaeParams<Leaf>, 'types'> &
  Partial<Pick<M3aeParams<Leaf>, 'textMaskToken' | 'textEmbedding' | 'textHead'>> & {
    readonly types?: NonNullable<MaeParams<Leaf>['types']> &
      Partial<Pick<NonNullable<M3aeParams<Leaf>['types']>, 'encoderText' | 'decoderText'>>;
  };
