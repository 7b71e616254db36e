// Opening
export { open } from './open.js';
export { type EmojiDataset, openEmoji } from './emoji/open-emoji.js';
export { openScenes, type Scene, type SceneDataset, type ScenePart } from './scenes/open-scenes.js';
export { openIcons } from './icons.js';
export { openWordnet } from './wordnet.js';

// What a model learns from and is measured on
export { openEmojiSplits, openSceneSplits, type SceneSplits, type ScenesSplit } from './open.js';

// What stands in it
export { type EmojiRecord } from './emoji/open-emoji.js';
export { type EmojiEntry } from './emoji/catalog.js';
export { type Color } from './scenes/layout.js';

// Options, what to choose on, and who made it: all that is known without opening
export { type SampleSpec } from './sample-specs.js';
export * from './specs.js';
