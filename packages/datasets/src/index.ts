// Opening a dataset
export { openDataset } from './open-dataset.js';
export { type Dataset, type DatasetKind, type DatasetSpec } from './dataset.js';
export { type DatasetNote, type NoteCode, noteSentence } from './notes.js';
export { type DatasetError } from './errors.js';

// The built-in sets
export { openEmoji, type EmojiDataset } from './emoji/open-emoji.js';
export {
  type EmojiSpec,
  type EmojiSplit,
  type EmojiGroup,
  emojiGroups,
  emojiSplits,
  type EmojiVendor,
  emojiVendors,
} from './emoji/spec.js';
export { type EmojiRecord } from './emoji/cache.js';
export { type EmojiEntry } from './emoji/catalogue.js';
export { type EmojiCredit, emojiCredits } from './emoji/credits.js';
export { emojiPackages } from './emoji/packages.js';
export { type OnProgress, type OpeningTask } from './progress.js';
export { openWordnet, type WordnetSpec } from './wordnet/wordnet.js';

// Pictures from outside the data a model was trained on
export { openIcons } from './icons/open-icons.js';
export { type IconSpec } from './icons/spec.js';
export { type IconCredit, iconCredits } from './icons/credits.js';
export { type IdxSpec, openIdx } from './idx/open-idx.js';

// Scenes: several emoji in one picture, at known boxes
export { openScenes, type Scene, type SceneDataset, type ScenePart } from './scenes/open-scenes.js';
export { type SceneSpec } from './scenes/spec.js';
export { type Box, boxInView } from './scenes/box.js';
export { type Colour } from './scenes/layout.js';

// Several datasets as one
export { joinDatasets } from './concat/join-datasets.js';
export { type ConcatSpec } from './concat/spec.js';

// A folder of one's own
export { type FolderParts, openFolder, openFolderParts } from './folder/open-folder.js';
export { type FolderSpec } from './folder/spec.js';
export { decodeImage, type DecodeOptions } from './decode.js';

// Batches for a training step
export { createLoader, type Loader, type LoaderStats } from './loader/create-loader.js';
export { defaultMaxBadShare, type LoaderOptions } from './loader/options.js';
export { mostBadFiles } from './loader/readable.js';
export { type CropOptions, type ImageOptions } from './loader/image-options.js';
export { createTokenizerOf, type TextOptions, type TokenizerSpec } from './loader/text.js';
export { type BadFile, type Batch, type BatchRequest } from './loader/batch.js';

// Looking at a dataset as a whole
export { captionsOf, measureChannels, type MeasureOptions, trimVocabularyOf } from './measure.js';
