// Weights of other projects
export {
  type FileKind,
  fileKind,
  readTensors,
  readWeights,
  type ReadWeightsOptions,
} from './read-weights.js';
export { hintsOf } from './hints.js';
export type { AdamState, ImagePreparation, ModelHints, ModelWeights, Origin } from './model.js';
export { type Grid, resizePositions } from './positions.js';
export { type ByteSource, memorySource } from './byte-source.js';

// Beginning with them
export { type SettingName, type Taken, takeEncoder, takeWeights, type WeightsTaker } from './take-weights.js';

// Models written for others
export { toSafetensors } from './families/own.js';
export type { WeightsDtype } from './write/encode-arrays.js';
export { toOfficialPickle } from './write/official.js';
export { type FolderFiles, type ModelCard, toHuggingFace } from './write/hugging-face.js';

// Files beneath
export { readPickle, type ReadPickleOptions } from './pickle/read-pickle.js';
export { arrayIn } from './pickle/numpy.js';
export { readNumpy, tensorOfArray } from './numpy-tensors.js';
export type {
  PickleArray,
  PickleBytes,
  PickleDtype,
  PickleGlobal,
  PickleStub,
  PickleValue,
} from './pickle/values.js';
export { readTorch } from './torch.js';
export type { FileTensor, FileTensors } from './tensors.js';
