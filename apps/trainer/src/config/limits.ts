import { largestSettings } from '@m3ae/runs';

/**
 * The largest values of settings that no package has among its options: beyond what any machine has, and still harmless to check. What
 * fits the machine at hand is asked later, of all settings together: see `checkMemory` of `@m3ae/tasks`.
 */
export const limits = {
  ...largestSettings,
  /** Side of a picture that a model sees, or of its patches. */
  pictureSide: 8192,
  /** Word pieces of a caption. */
  textLength: 8192,
  blocks: 512,
  heads: 512,
  epochs: 1e6,
  /** Examples of a dataset: their places alone take 4 bytes each. */
  examples: 1e8,
  /** Of a plan, which holds no place of them: more than were ever gathered. */
  plannedExamples: 1e12,
  /** The largest machines have about as many processors. */
  plannedRanks: 65_536,
  /** A benchmark that takes hours measures nothing better. */
  benchBatch: 4096,
  benchSteps: 100_000,
  benchPictures: 100_000,
  benchSeconds: 3600,
  /** A gradient of four billion parameters. */
  benchMegabytes: 16_384,
  /** Scenes that a map of attention is measured on. */
  scenes: 100_000,
  /** Pictures each of which is compared with each other: a table of 1.6 GB. */
  comparedPictures: 20_000,
  /** Learning rates and weight decay: a larger one can't be meant. */
  rate: 1000,
  /** Weights of a loss. */
  weight: 1e6,
  /** All that a double counts exactly: a seed costs nothing. */
  seed: Number.MAX_SAFE_INTEGER,
} as const;
