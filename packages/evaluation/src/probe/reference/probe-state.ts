import { foldIn, type RngKey, truncatedNormal } from '@m3ae/random';
import { ndArray, type NdArray, zerosArray } from '@m3ae/tree';

/** What the probe learns: a plain tree. */
export type ReferenceProbeParams<Leaf> = {
  /** [features, classes] */
  readonly kernel: Leaf;
  /** [classes] */
  readonly bias: Leaf;
};

/** Means and variances that evaluation normalizes with. */
export interface RunningStatistics<Leaf> {
  /** [features] */
  readonly mean: Leaf;
  /** Biased: [features]. */
  readonly variance: Leaf;
}

/** All that one step changes. */
export interface ReferenceProbeState<Leaf> {
  readonly params: ReferenceProbeParams<Leaf>;
  readonly running: RunningStatistics<Leaf>;
  /** Of the optimizer: a tree of the parameters. */
  readonly momentum: ReferenceProbeParams<Leaf>;
}

/** Deviation of a standard normal cut at two deviations; flax divides by it. */
const cutDeviation = 0.87962566103423978;

/** State before the first step, around parameters that are given. */
export function probeStateFrom(params: ReferenceProbeParams<NdArray>): ReferenceProbeState<NdArray> {
  const [features = 0] = params.kernel.shape;
  return {
    params,
    running: {
      mean: zerosArray([features]),
      variance: ndArray(new Float32Array(features).fill(1), [features]),
    },
    momentum: { kernel: zerosArray(params.kernel.shape), bias: zerosArray(params.bias.shape) },
  };
}

/** LeCun-normal kernel (cut at two deviations), bias 0, running mean 0 and variance 1. */
export function initReferenceProbe(
  key: RngKey,
  features: number,
  classes: number,
): ReferenceProbeState<NdArray> {
  const scale = Math.sqrt(1 / features) / cutDeviation;
  const kernel = truncatedNormal(foldIn(key, 0), features * classes).map((value) => value * scale);
  return probeStateFrom({
    kernel: ndArray(kernel, [features, classes]),
    bias: zerosArray([classes]),
  });
}
