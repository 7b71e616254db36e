// Weights of other projects
export { readTensors, readWeights, type ReadWeightsOptions } from './read-weights.js';
export { hintsOf } from './hints.js';
export type { AdamState, ImagePreparation, ModelHints, ModelWeights } from './model.js';
export { type FileKind, fileKind } from './file-kind.js';
export { type ByteSource, memorySource } from './byte-source.js';

// Files beneath
export { readPickle, type ReadPickleOptions } from './pickle/read-pickle.js';
export { arrayIn } from './pickle/numpy.js';
export { tensorOfArray } from './pickle/to-tensor.js';
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
