import type { RgbImage } from '@m3ae/preprocess';
import type { RngKey } from '@m3ae/random';
import { readerOfModule, reopenModule } from '../source/load-module.js';
import type { DatasetState } from '../state.js';
import { joinedReader } from '../concat/join-datasets.js';
import { listReader } from './list.js';
import { subsetReader } from '../concat/subset.js';

/** Reads examples; indexes are already checked. */
export interface ContentReader {
  /** The caption, or the first of several; empty where there is none. */
  caption(index: number): string;
  /** Absent where captions are always the same. */
  drawCaption?(index: number, key: RngKey): string;
  /** All captions; absent where none has several. */
  captions?(index: number): readonly string[];
  /** The decoded picture, of the bytes that `imageBytes` gave where it was asked before. */
  image(index: number, stored?: Uint8Array): Promise<RgbImage>;
  /** The picture's file as it is stored, perhaps with its neighbors; absent where pictures are drawn or held as pixels. */
  imageBytes?(index: number, near?: boolean): Promise<Uint8Array | undefined>;
  /** Where the example comes from, for messages. */
  describe(index: number): string;
  /** What it belongs to; absent where nothing is told. */
  group?(index: number): string | undefined;
  /** The picture's own file; absent where pictures have none. */
  file?(index: number): string | undefined;
}

/** Makes the reader of a dataset's content in a thread that did not open it. */
export async function readerOf(state: DatasetState): Promise<ContentReader> {
  const { content, name } = state;
  switch (content.type) {
    case 'list':
      return listReader(content, name);
    case 'joined':
      return joinedReader(content, await Promise.all(content.parts.map(readerOf)));
    case 'subset':
      return subsetReader(await readerOf(content.of), content.indices);
    case 'module':
      return readerOfModule(content, name);
    case 'reopened':
      return reopenModule(content, state);
  }
}
