import type { MaskPlan, TrimmedMaskPlan } from '@m3ae/masking';
import type { NdArray, Tree } from '@m3ae/tree';

/**
 * What a step trains: M3AE (pictures and text), its image-only twin, CLIP (pictures against captions), or a classifier.
 * All four share the trunk that pictures pass through.
 */
export type Method = MaskedMethod | 'clip' | 'supervised';

/** Methods that hide a part and rebuild it. */
export type MaskedMethod = 'm3ae' | 'mae';

/** Weights and options of the objective; the reference's flag defaults are in {@link defaultLoss}. */
export interface LossConfig {
  /** Weight of the reconstruction of hidden patches. */
  readonly imageWeight: number;
  /** Weight of the reconstruction of hidden word pieces. */
  readonly textWeight: number;
  /** Weight of the text-only batch's loss; 0 leaves its forward pass out. */
  readonly unpairedTextWeight: number;
  /** Count every patch, not only hidden ones. */
  readonly imageAllTokens: boolean;
  /** Count every real word piece, not only hidden ones. */
  readonly textAllTokens: boolean;
  /** Normalise each target patch by its own mean and deviation, as the original MAE's `norm_pix_loss`. */
  readonly normalizeTargets: boolean;
}

/** AdamW with clipping and a warm-up cosine schedule. Rates are final values: no scaling by the batch size happens here. */
export interface OptimizerConfig {
  readonly peakLearningRate: number;
  readonly initLearningRate: number;
  readonly endLearningRate: number;
  /** Updates, not examples. */
  readonly warmupSteps: number;
  /** Updates until the end rate is reached. */
  readonly totalSteps: number;
  readonly b1: number;
  readonly b2: number;
  readonly eps: number;
  readonly weightDecay: number;
  /** Largest global gradient norm; 1e9, the reference's default, is as good as none. */
  readonly clipNorm: number;
  /**
   * `reference`: the rule of the method, by which LayerNorm scales decay (spec 2.3). `exempt1d`: they do not (spec Q2).
   * `facebook`: the original MAE's, by which tokens decay too.
   */
  readonly decay: 'reference' | 'exempt1d' | 'facebook';
  /** Lower rates for lower blocks, as in fine-tuning; see `layerDecay` of the optim package. One rate, if left out. */
  readonly layerDecay?: {
    readonly decay: number;
    /** Blocks of the encoder. */
    readonly depth: number;
    readonly layers: 'standard' | 'reference';
  };
  /** Leave parameters and moments as they are when a gradient is not finite. */
  readonly skipNonFinite: boolean;
}

/** A batch of text alone. */
export interface TextBatch<Leaf> {
  /** int32 [batch, textLength] */
  readonly tokenIds: Leaf;
  /** float32 [batch, textLength]; 1 = padding */
  readonly paddingMask: Leaf;
  readonly textPlan: TrimmedMaskPlan<Leaf>;
  /** Dropout noise, from `drawNoise` of the transformer package. */
  readonly noise?: Tree<Leaf>;
}

/**
 * What one step sees. Leave out `patches` and `imagePlan` for text alone, and `tokenIds`, `paddingMask` and `textPlan`
 * for pictures alone; each combination is traced once.
 */
export interface StepBatch<Leaf = NdArray> {
  /** float32 [batch, patches, patchDim] */
  readonly patches?: Leaf;
  readonly imagePlan?: MaskPlan<Leaf>;
  /** int32 [batch, textLength] */
  readonly tokenIds?: Leaf;
  /** float32 [batch, textLength]; 1 = padding */
  readonly paddingMask?: Leaf;
  readonly textPlan?: TrimmedMaskPlan<Leaf>;
  /** Which hidden tokens get logits, and their weights: `realHiddenTokens` of the masking package. All, if left out. */
  readonly textRows?: { readonly rows: Leaf; readonly weights: Leaf };
  /** Probability of each class, float32 [batch, classes]: what a classifier learns. */
  readonly targets?: Leaf;
  /** Dropout noise, from `drawNoise` of the transformer package. */
  readonly noise?: Tree<Leaf>;
  /** The text-only batch of the same step (spec section 4); counted only when its weight is above 0. */
  readonly unpairedText?: TextBatch<Leaf>;
  /** float32 [], `schedule(count)` with the number of updates done so far. */
  readonly learningRate: Leaf;
}

/** Parameters and optimiser state; the tree that a checkpoint saves. */
export interface TrainState<Leaf = NdArray> {
  readonly params: Tree<Leaf>;
  readonly optimizer: Tree<Leaf>;
}
