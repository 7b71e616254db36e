import type {
  ClipConfig,
  ClipParams,
  M3aeConfig,
  M3aeParams,
  MaeParams,
  TrunkParams,
} from '@m3ae/transformer';
import type { BytePairs } from '@m3ae/preprocess/clip';
import type { NdArray, Tree } from '@m3ae/tree';

/** How the pictures of a model were prepared. */
export interface ImagePreparation {
  /** Side in pixels; absent where the file does not say it, and any multiple of the patch will do. */
  readonly size?: number;
  /** Mean of each channel, for values in [0, 1]. */
  readonly mean: readonly number[];
  /** Standard deviation of each channel. */
  readonly std: readonly number[];
}

/** Adam's state beside the parameters. */
export interface AdamState {
  /** Updates done. */
  readonly count: number;
  /** First moments, in the tree of the parameters. */
  readonly mean: Tree<NdArray>;
  /** Second moments. */
  readonly variance: Tree<NdArray>;
}

/** What every file of weights comes to, whoever wrote it. */
export interface Origin {
  /** Whose names and layout the file has, e.g. `the original MAE (PyTorch)`. */
  readonly source: string;
  readonly image: ImagePreparation;
  /** What the file does not say and was taken for granted, and what in it has no use here: a sentence each. */
  readonly notes: readonly string[];
  /** Word pieces by id, where they are not those of bert-base-uncased. */
  readonly vocabulary?: readonly string[];
  /** CLIP's table, where the model reads texts by byte pairs and the table is known. */
  readonly bytePairs?: BytePairs;
  /** Updates done, where the file says so. */
  readonly step?: number;
  /** Where the file has it and it was asked for. */
  readonly optimizer?: AdamState;
}

/** A model out of a file: its config and parameters, in the trees of `@m3ae/transformer`. */
export type ModelWeights = Origin &
  (
    | { readonly kind: 'm3ae'; readonly config: M3aeConfig; readonly params: M3aeParams<NdArray> }
    | { readonly kind: 'mae'; readonly config: M3aeConfig; readonly params: MaeParams<NdArray> }
    | { readonly kind: 'encoder'; readonly config: M3aeConfig; readonly params: TrunkParams<NdArray> }
    | { readonly kind: 'clip'; readonly config: ClipConfig; readonly params: ClipParams<NdArray> }
  );

/** What a file of weights cannot say by the shapes of its tensors. */
export interface ModelHints {
  /** Attention heads of the encoder. Default: those of the ViT of this width. */
  readonly heads?: number;
  /** Attention heads of the decoder. Default: 16. */
  readonly decoderHeads?: number;
  /** Attention heads of a CLIP's text tower. */
  readonly textHeads?: number;
  readonly gelu?: M3aeConfig['gelu'];
  readonly normEpsilon?: number;
  readonly image?: Partial<ImagePreparation>;
  /** The table by which a CLIP reads texts, of the files of its tokenizer; see `@m3ae/preprocess/clip`. */
  readonly bytePairs?: BytePairs;
}

/** The same record without the fields that are undefined. */
export function defined<Fields extends object>(fields: Fields): Partial<Fields> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Partial<Fields>;
}
