// Safetensors files
export {
  readSafetensorsFile,
  readSafetensorsHeader,
  type ReadSafetensorsOptions,
} from './read-safetensors-file.js';
export { writeSafetensorsFile } from './write-safetensors-file.js';
export type { WrittenFile } from './durable-write.js';

// Checkpoints of a run
export { type Checkpoint, saveCheckpoint } from './save-checkpoint.js';
export type { KeepOptions } from './keep.js';
export { type CheckpointEntry, latestCheckpoint, listCheckpoints } from './list-checkpoints.js';
export { loadCheckpoint, type LoadedCheckpoint } from './load-checkpoint.js';

// Small things
export { digestTrees } from './digest-trees.js';
export { readJson, writeJson } from './json-file.js';
