// Opening
export { open, type SampleSpec } from './open.js';
export { type EmojiDataset, openEmoji } from './emoji/open-emoji.js';
export { openScenes, type Scene, type SceneDataset, type ScenePart } from './scenes/open-scenes.js';
export { openIcons } from './icons/open-icons.js';
export { openWordnet } from './wordnet/wordnet.js';

// Options
export {
  type EmojiGroup,
  emojiGroups,
  type EmojiSpec,
  type EmojiSplit,
  emojiSplits,
  type EmojiVendor,
  emojiVendors,
} from './emoji/spec.js';
export { type SceneSpec } from './scenes/spec.js';
export { type IconSpec } from './icons/spec.js';
export { type WordnetSpec } from './wordnet/spec.js';

// Which of it to choose on, and to tell figures of
export { emojiOfScenes, outlierSets, type Selection, unseenEmoji, unseenScenes } from './selections.js';

// What stands in it
export { type EmojiRecord } from './emoji/cache.js';
export { type EmojiEntry } from './emoji/catalog.js';
export { type Color } from './scenes/layout.js';

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
