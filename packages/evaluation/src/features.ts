export {
  type EncodedExamples,
  encodePictures,
  type LoadedPairs,
  type MakeFeatures,
} from './features/encode.js';
export { type EncodedPictures, encoderProgram, pooledPixels } from './features/encoder.js';
