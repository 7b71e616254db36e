export { type CodebookFile, codesOfBook } from './onnx/codebook-file.js';
export {
  type ImageTokenizerFiles,
  openImageTokenizer,
  type OpenTokenizerOptions,
  type TokenizerFile,
  tryDecoder,
} from './onnx/tokenizer-files.js';
export { checkImageTokenizer, imageTokenizerOf, patchesOfCodes } from './onnx/tokenizer-of.js';
