// Safetensors files
export {
  readSafetensorsFile,
  readSafetensorsHeader,
  type ReadSafetensorsOptions,
  writeSafetensorsFile,
} from './safetensors-file.js';

// Checkpoints of a run
export { type Checkpoint, type KeepOptions, saveCheckpoint } from './save-checkpoint.js';
export { cleanCheckpoints } from './checkpoint-folder.js';
export {
  type CheckpointEntry,
  type DamagedCheckpoint,
  inspectCheckpoints,
  latestCheckpoint,
  listCheckpoints,
  loadCheckpoint,
  type LoadedCheckpoint,
  loadNewestCheckpoint,
  type NewestCheckpoint,
} from './load-checkpoint.js';

// Files and folders
export { replaceFile, writeWhole, type WrittenFile } from './whole-file.js';
export { readJson, readSealed, readWholeJson, writeJson, writeSealed, writeWholeJson } from './json-file.js';
export { type FolderCache, folderCache, type FolderCacheOptions } from './folder-cache.js';
export {
  explained,
  explainSystemError,
  explainWriteError,
  isDiskFull,
  makeFolder,
  partName,
  requireWritableFile,
  requireWritableFolder,
} from './writable.js';

// Small things
export { removeLeftovers } from './leftovers.js';
export { hasEnded, identityOf, type ProcessIdentity } from './process-identity.js';
export { digestFile, digestJson, digestTrees } from './digest.js';
