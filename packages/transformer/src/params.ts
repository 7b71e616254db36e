/** One affine map. */
export type LinearParams<Leaf> = {
  /** [inDim, outDim] */
  readonly kernel: Leaf;
  /** [outDim] */
  readonly bias: Leaf;
};

/** One layer normalization. */
export type NormParams<Leaf> = {
  /** [dim] */
  readonly scale: Leaf;
  /** [dim] */
  readonly bias: Leaf;
};

/** One pre-norm transformer block. */
export type BlockParams<Leaf> = {
  readonly norm1: NormParams<Leaf>;
  readonly attention: {
    /** Kernel [dim, 3 * dim]; the columns are queries, keys, values, each head by head. */
    readonly qkv: LinearParams<Leaf>;
    /** Kernel [dim, dim]. */
    readonly projection: LinearParams<Leaf>;
  };
  readonly norm2: NormParams<Leaf>;
  readonly mlp: {
    /** Kernel [dim, mlpRatio * dim]. */
    readonly hidden: LinearParams<Leaf>;
    /** Kernel [mlpRatio * dim, dim]. */
    readonly output: LinearParams<Leaf>;
  };
};

/** A stack of blocks and its last normalization. */
export type StackParams<Leaf> = {
  readonly blocks: readonly BlockParams<Leaf>[];
  readonly norm: NormParams<Leaf>;
};

/** From the decoder's width to pixels or logits. `norm` and `layers` exist only if `outputHeadDepth` is above 0. */
export type HeadParams<Leaf> = {
  readonly norm?: NormParams<Leaf>;
  readonly layers?: readonly { readonly dense: LinearParams<Leaf>; readonly norm: NormParams<Leaf> }[];
  readonly output: LinearParams<Leaf>;
};

/** What pictures pass through in every method: patch embedding, CLS token and encoder. */
export type TrunkParams<Leaf> = {
  /** [1, 1, embedDim] */
  readonly clsToken: Leaf;
  /** Absent if `useTypeEmbedding` is false: [1, 1, embedDim]. */
  readonly types?: { readonly encoderImage: Leaf };
  /** Kernel [patchDim, embedDim]. */
  readonly imageEmbedding: LinearParams<Leaf>;
  /** Present if positions are learned: [rows * columns, embedDim]. */
  readonly positions?: Leaf;
  /** Present if `inputNorm` is true. */
  readonly inputNorm?: NormParams<Leaf>;
  readonly encoder: StackParams<Leaf>;
};

/** Parameters of the image-only twin: the trunk and what rebuilds pictures. */
export type MaeParams<Leaf> = Omit<TrunkParams<Leaf>, 'types'> & {
  /** [1, 1, decoderDim] */
  readonly imageMaskToken: Leaf;
  /** Absent if `useTypeEmbedding` is false. Encoder: [1, 1, embedDim]; decoder: [1, 1, decoderDim]. */
  readonly types?: { readonly encoderImage: Leaf; readonly decoderImage: Leaf };
  /** Kernel [embedDim, decoderDim]; in M3AE one map for CLS, image and text. */
  readonly decoderProjection: LinearParams<Leaf>;
  readonly decoder: StackParams<Leaf>;
  /** Output [.., patchDim]. */
  readonly imageHead: HeadParams<Leaf>;
};

/** Parameters of M3AE. The path of a leaf is its name in checkpoints, decay rules and errors. */
export type M3aeParams<Leaf> = Omit<MaeParams<Leaf>, 'types'> & {
  /** [1, 1, decoderDim] */
  readonly textMaskToken: Leaf;
  /** Absent if `useTypeEmbedding` is false. Encoder: [1, 1, embedDim]; decoder: [1, 1, decoderDim]. */
  readonly types?: NonNullable<MaeParams<Leaf>['types']> & {
    readonly encoderText: Leaf;
    readonly decoderText: Leaf;
  };
  /** Table [vocabSize, embedDim]. */
  readonly textEmbedding: { readonly table: Leaf };
  /** Output [.., vocabSize]; not tied to the text table. */
  readonly textHead: HeadParams<Leaf>;
};

/** The text tower of a CLIP. */
export type TextTowerParams<Leaf> = {
  /** [vocabSize, dim] */
  readonly table: Leaf;
  /** [length, dim]; absent where the places have fixed codes. */
  readonly positions?: Leaf;
  /** [1, 1, dim]; present only if the CLS token is what is read. */
  readonly clsToken?: Leaf;
  readonly stack: StackParams<Leaf>;
};

/** Parameters of a CLIP: the trunk, a text tower, and the maps to the space that both share. */
export type ClipParams<Leaf> = TrunkParams<Leaf> & {
  readonly textTower: TextTowerParams<Leaf>;
  /** [embedDim, sharedDim]; no bias. */
  readonly imageProjection: { readonly kernel: Leaf };
  /** [textTower.dim, sharedDim]; no bias. */
  readonly textProjection: { readonly kernel: Leaf };
  /** Logarithm of what similarities are multiplied by: []. */
  readonly logitScale: Leaf;
};

/** Parameters of a classifier: the trunk, a normalization and one affine map. */
export type ClassifierParams<Leaf> = TrunkParams<Leaf> & {
  readonly classifier: {
    readonly norm: NormParams<Leaf>;
    /** Kernel [embedDim, classes]. */
    readonly output: LinearParams<Leaf>;
  };
};

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
