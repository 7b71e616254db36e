export { fileSource, type OpenedFile, readTensorsFile, readWeightsFile } from './node/weights-file.js';
