// Opening a dataset
export { openDataset } from './open-dataset.js';
export type { Dataset, DatasetKind, DatasetSpec, OnProgress, OpeningTask, ConcatSpec } from './dataset.js';
export { type DatasetNote, type NoteCode, noteSentence } from './notes.js';
export { type IdxSpec, openIdx, resolveIdxSpec } from './idx/open-idx.js';

// A data source of one's own
export { type ModuleSpec, type SourceDataset, type SourceModule } from './source/load-module.js';
export { createDataset, createListDataset, stateOf } from './create-dataset.js';
export { type ContentReader } from './content/reader.js';
export { packTexts } from './content/packed-texts.js';
export { type Shards, shardsOfSubset } from './content/shards.js';
export { readPixelsAt } from './content/list.js';
export { fractionOf, splitDataset, subset } from './concat/subset.js';
export { mapParallel } from './parallel.js';
export type {
  DatasetContent,
  DatasetFacts,
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
export { type PackedTexts } from './content/packed-texts.js';
export { type ResolvedShardOptions, type ShardOptions, validationShareRule } from './spec-rules.js';
export { type StoredFile } from './bytes/file.js';
export { ChangedFile, Unreachable } from './bytes/retry.js';

// Several datasets as one
export { joinDatasets } from './concat/join-datasets.js';

// What a model learns from and is measured on
export {
  type DataSplit,
  limited,
  type SplitWords,
  trainingWords,
  wholeSplit,
  openPictureSplits,
  openTolerant,
  type PictureSplits,
  type SplitOptions,
  type SplitSource,
  testWords,
  withExtras,
} from './splits/picture-splits.js';
export { nameSources, type Address, addressHint, specOfAddress } from './source/address.js';
export {
  pictureSourceRules,
  splitless,
  textSourceRules,
  type WithShare,
  placeSpecFaults,
} from './source-rules.js';

// A folder of one's own
export { type FolderParts, openFolder, openFolderParts } from './folder/open-folder.js';
export { type FolderSpec, type ResolvedFolderSpec, resolveFolderSpec } from './folder/spec.js';
export { openTable, resolveTableSpec, type ResolvedTableSpec, type TableSpec } from './table/open-table.js';
export { type ParquetSpec, resolveParquetSpec, type ResolvedParquetSpec } from './parquet/spec.js';
export { openHdf5Parts } from './hdf5/open-hdf5.js';
export { type Hdf5Spec, resolveHdf5Spec, type ResolvedHdf5Spec } from './hdf5/spec.js';
export { openTextFiles, type TextSpec } from './text/open-text.js';
export { resolveTextSpec, type ResolvedTextSpec } from './text/open-text.js';
export {
  resolveWebdatasetSpec,
  type ResolvedWebdatasetSpec,
  openWebdataset,
  type WebdatasetSpec,
} from './webdataset/open-webdataset.js';
export { type ColumnKeys } from './folder/columns.js';
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
  defaultMaxBadShare,
  type LoaderOptions,
  loaderRules,
  createTokenizerOf,
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
