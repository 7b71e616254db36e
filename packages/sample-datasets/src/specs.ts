// What checks the built-in data's options, what is usual, and who made them: no data and nothing heavy is loaded for it.
export {
  type CreditedSource,
  type DrawingCredit,
  type EmojiCredit,
  emojiCredits,
  type IconCredit,
  iconCredits,
  type SampleCredit,
  sampleCredits,
} from './credits.js';
export { emojiGroups, emojiSplits, emojiVendors } from './emoji/spec.js';
export { type EmojiGroup, type EmojiSpec, type EmojiSplit, type EmojiVendor } from './emoji/spec.js';
export { type ResolvedEmojiSpec, resolveEmojiSpec } from './emoji/spec.js';
export { type IconSpec, type ResolvedIconSpec, resolveIconSpec } from './icons/spec.js';
export { type ResolvedSceneSpec, resolveSceneSpec, type SceneSpec } from './scenes/spec.js';
export { resolveWordnetSpec, type WordnetSpec } from './wordnet/spec.js';
export { emojiOfScenes, outlierSets, type Selection, unseenEmoji, unseenScenes } from './selections.js';
