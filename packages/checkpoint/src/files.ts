// Safetensors files
export {
  readSafetensorsFile,
  readSafetensorsHeader,
  type ReadSafetensorsOptions,
} from './read-safetensors-file.js';
export { writeSafetensorsFile } from './write-safetensors-file.js';
export { partName, replaceFile, type WrittenFile } from './durable-write.js';

// Checkpoints of a run
export { type Checkpoint, saveCheckpoint } from './save-checkpoint.js';
export { cleanCheckpoints, type KeepOptions } from './keep.js';
export {
  type CheckpointEntry,
  type DamagedCheckpoint,
  inspectCheckpoints,
  latestCheckpoint,
  listCheckpoints,
} from './list-checkpoints.js';
export {
  loadCheckpoint,
  type LoadedCheckpoint,
  loadNewestCheckpoint,
  type NewestCheckpoint,
} from './load-checkpoint.js';

// Files and folders
export { makeFolder } from './make-folder.js';
export { readWholeJson, removeLeftovers, writeWhole, writeWholeJson } from './whole-file.js';
export { type FolderCache, folderCache, type FolderCacheOptions } from './folder-cache.js';
export { requireWritableFile, requireWritableFolder } from './writable.js';
export { explained, explainSystemError, explainWriteError, isDiskFull } from './write-error.js';

// Small things
export { hasEnded, identityOf, type ProcessIdentity } from './process-identity.js';
export { digestFile, digestJson, digestTrees } from './digest.js';
export { readJson, writeJson } from './json-file.js';
export { readSealed, writeSealed } from './sealed-json.js';
