export {
  type BytePairs,
  bytePairsOfMerges,
  bytePairsOfTokenizer,
  bytePairsOfVocabulary,
} from './clip/byte-pairs.js';
export { cleanClipText, clipTokenizerJson, createClipTokenizer } from './clip/tokenizer.js';
