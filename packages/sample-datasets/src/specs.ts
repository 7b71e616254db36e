// What is known of the built-in data without opening them: nothing heavy is loaded for it.

// Options
export {
  type EmojiGroup,
  emojiGroups,
  type EmojiSpec,
  type EmojiSplit,
  emojiSplits,
  type EmojiVendor,
  emojiVendors,
  type ResolvedEmojiSpec,
  resolveEmojiSpec,
} from './emoji/spec.js';
export {
  type IconSpec,
  type ResolvedIconSpec,
  resolveIconSpec,
  resolveWordnetSpec,
  type WordnetSpec,
} from './sample-specs.js';
export { type ResolvedSceneSpec, resolveSceneSpec, type SceneSpec } from './scenes/spec.js';

// Which of it to choose on, and to tell figures of
export {
  emojiOf,
  emojiOfScenes,
  outlierSets,
  scenesOf,
  type Selection,
  unseenEmoji,
  unseenScenes,
} from './selections.js';

// Who made it
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
