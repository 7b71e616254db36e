export {
  fileSource,
  type OpenedFile,
  readTensorsFile,
  readWeightsFile,
  type ReadWeightsFileOptions,
} from './node/weights-file.js';
