// Opening a dataset
export { openDataset } from './open-dataset.js';
export type {
  ConcatSpec,
  ContentReader,
  Dataset,
  DatasetFacts,
  DatasetKind,
  DatasetSpec,
  OnProgress,
  OpeningTask,
} from './dataset.js';
export { type DatasetNote, type NoteCode, noteSentence } from './notes.js';
export { type Address, addressHint, nameSources, specOfAddress } from './source/address.js';
export { type SetSources, withSettings } from './source/with-settings.js';

// The formats
export { type FolderParts, openFolder, openFolderParts } from './folder/open-folder.js';
export { type FolderSpec, type ResolvedFolderSpec, resolveFolderSpec } from './folder/spec.js';
export { openTable, type ResolvedTableSpec, resolveTableSpec, type TableSpec } from './table/open-table.js';
export { openWebdataset } from './webdataset/open-webdataset.js';
export {
  type Hdf5Spec,
  type ParquetSpec,
  type ResolvedHdf5Spec,
  type ResolvedParquetSpec,
  type ResolvedShardOptions,
  type ResolvedWebdatasetSpec,
  resolveHdf5Spec,
  resolveParquetSpec,
  resolveWebdatasetSpec,
  type ShardOptions,
  type WebdatasetSpec,
} from './packed-specs.js';
export { openHdf5Parts } from './hdf5/open-hdf5.js';
export { openTextFiles, type ResolvedTextSpec, resolveTextSpec, type TextSpec } from './text/open-text.js';
export { type IdxSpec, openIdx, resolveIdxSpec } from './idx/open-idx.js';
export { type ColumnKeys, validationShareRule } from './spec-rules.js';
export {
  pictureSourceRules,
  placeSpecFaults,
  splitless,
  textSourceRules,
  type WithShare,
} from './source-rules.js';

// A data source of one's own
export { type ModuleSpec, type SourceDataset, type SourceModule } from './source/load-module.js';
export { createDataset, createListDataset, stateOf } from './create-dataset.js';
export type {
  DatasetContent,
  DatasetState,
  FileSource,
  Hdf5Source,
  JoinedContent,
  ListContent,
  ModuleContent,
  ParquetSource,
  PixelSource,
  RangeSource,
  ReopenedContent,
  SubsetContent,
  TagDrawing,
} from './state.js';
export { type PackedTexts, packTexts } from './content/packed-texts.js';
export { type Shards, shardsOfSubset } from './content/shards.js';
export { readPixelsAt } from './content/list.js';
export { mapParallel } from './parallel.js';
export { type StoredFile } from './bytes/file.js';
export { ChangedFile, Unreachable } from './bytes/retry.js';

// Several datasets as one, and parts of one
export { joinDatasets } from './concat/join-datasets.js';
export { subset } from './concat/subset.js';
export { fractionOf, splitDataset } from './concat/split-dataset.js';

// What a model learns from and is measured on
export {
  type DataSplit,
  limited,
  openPictureSplits,
  openTolerant,
  type PictureSplits,
  type SplitOptions,
  type SplitSource,
  type SplitWords,
  testWords,
  trainingWords,
  wholeSplit,
  withExtras,
} from './splits/picture-splits.js';

// Picture files
export {
  decodeImage,
  type DecodeOptions,
  encodePng,
  type PictureInput,
  preparePicture,
} from './picture-files.js';

// Batches for a training step
export { createLoader, type Loader, type LoaderStats } from './loader/create-loader.js';
export {
  createTokenizerOf,
  defaultMaxBadShare,
  type LoaderOptions,
  loaderRules,
  maxLengthRule,
  type TextOptions,
  type TokenizerSpec,
} from './loader/options.js';
export { mostBadFiles } from './loader/readable.js';
export { cropRule, type CropOptions, type ImageOptions } from './loader/image-options.js';
export { type Box, boxInView } from './loader/view.js';
export { type BadFile, type Batch, type BatchRequest } from './loader/batch.js';

// Looking at a dataset as a whole
export {
  captionsOf,
  channelStatistics,
  measureChannels,
  type MeasureOptions,
  trimVocabularyOf,
} from './measure.js';
export {
  type CaptionedExamples,
  captionLengths,
  type CaptionStatistics,
  captionStatistics,
  cutCaptions,
  type CutCaptionsOptions,
  logFrequencies,
  splitCaptions,
} from './splits/captions.js';
export {
  duplicatePictures,
  type DuplicatePicture,
  type Examples,
  type UnreadablePicture,
  unreadablePictures,
} from './file-faults.js';
