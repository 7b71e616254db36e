export {
  type BytePairs,
  bytePairsOfMerges,
  bytePairsOfTokenizer,
  bytePairsOfVocabulary,
} from './clip/byte-pairs.js';
export { cleanClipText } from './clip/clean.js';
export { clipTokenizerJson, createClipTokenizer } from './clip/tokenizer.js';
