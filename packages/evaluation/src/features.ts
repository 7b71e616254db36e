export {
  type EncodedExamples,
  type EncodedPictures,
  encodePictures,
  encoderProgram,
  type MakeFeatures,
} from './features/encode.js';
export { pooledPixels } from './features/pooling.js';
export type { LoadedPairs } from './features/load-pairs.js';
