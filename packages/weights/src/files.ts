export { fileSource, readTensorsFile, readWeightsFile } from './node/weights-file.js';
