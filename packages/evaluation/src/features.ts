export {
  type EncodedExamples,
  type EncodedPictures,
  encodePictures,
  encoderProgram,
  type MakeFeatures,
  pictureEncoder,
} from './features/encode.js';
export { pooledPixels, pooledTokens } from './features/pooling.js';
export { type LoadedPairs, loadPairs } from './features/load-pairs.js';
