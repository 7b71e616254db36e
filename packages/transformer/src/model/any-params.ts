import type { M3aeParams, MaeParams } from '../params.js';

/** Parameters of either model: those of MAE, and the textual ones where there are any. */
export type AnyParams<Leaf> = Omit<MaeParams<Leaf>, 'types'> &
  Partial<Pick<M3aeParams<Leaf>, 'textMaskToken' | 'textEmbedding' | 'textHead'>> & {
    readonly types?: NonNullable<MaeParams<Leaf>['types']> &
      Partial<Pick<NonNullable<M3aeParams<Leaf>['types']>, 'encoderText' | 'decoderText'>>;
  };
