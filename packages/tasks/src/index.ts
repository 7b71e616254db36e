// Masked autoencoders
export { m3ae, type M3aeTaskOptions } from './m3ae.js';
export { mae, type MaeTaskOptions } from './mae.js';

// Codes instead of pixels
export {
  createImageTokenizer,
  type ImageTokenizer,
  type ImageTokenizerLayout,
  type RunTokenizer,
  withCodes,
} from './image-tokenizer.js';
export { likeliestCodes, type VectorHalves, withCodebook } from './codebook.js';

// Rivals
export { clip, type ClipBatch, type ClipTaskOptions, type ClipTensors } from './clip.js';
export {
  augmentRules,
  supervised,
  type SupervisedBatch,
  type SupervisedTaskOptions,
  type SupervisedTensors,
} from './supervised.js';

// Of a config
export { type Method, methodNames, methodTraits, type MethodTraits } from './methods.js';
export {
  type ClipSettings,
  type ModelFacts,
  modelOf,
  type ModelSettings,
  parameterCount,
  shapesOf,
} from './model-of.js';
export {
  type ModalitySettings,
  type TaskFacts,
  taskOf,
  type TaskSettings,
  type TextSettings,
} from './task-of.js';
export { imageMaskingRule, imageTokenizerRule, textMaskingRule } from './input-rules.js';
export { taskSettingChecks } from './setting-checks.js';
export { methodSettingChecks, type MethodSettings, type TokenizerSettings } from './method-checks.js';

// What it takes
export { flopsPerExample, type WorkSizes } from './flops.js';
export {
  estimateMemory,
  type MemoryFacts,
  type MemoryParts,
  memoryParts,
  type TrainingSizes,
} from './memory.js';
export { type DataNeeds, type TrainingData, unfitData } from './unfit-data.js';
export { checkMemory, type FittedSizes, type MemoryVerdict } from './memory-check.js';

// Whether anything was learned
export {
  entropyOf,
  type FinalLoss,
  finalLosses,
  finalLossLines,
  type GuessedExamples,
  guessedLosses,
  type GuessingSizes,
  meanColorLoss,
  pieceFrequencyLoss,
  type PieceFrequencyOptions,
} from './guessing.js';

// Their options and batches
export {
  defaultLossWeights,
  type HidingOptions,
  hidingRules,
  lossFaults,
  lossRules,
  type LossWeights,
  type Recompute,
} from './options.js';
export type { TextHiding } from './hide.js';
export type {
  ImageBatch,
  ImageTensors,
  M3aeBatch,
  M3aeTensors,
  Noise,
  TextBatch,
  TextTensors,
} from './batch.js';
