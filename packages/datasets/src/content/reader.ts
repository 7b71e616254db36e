import type { RgbImage } from '@m3ae/preprocess';
import type { RngKey } from '@m3ae/random';
import { sceneReader } from '../scenes/reader.js';
import type { DatasetState } from '../state.js';
import { joinedReader } from './joined.js';
import { listReader } from './list.js';

/** Reads examples; indexes are already checked. */
export interface ContentReader {
  caption(index: number): string;
  /** Absent where captions are always the same. */
  drawCaption?(index: number, key: RngKey): string;
  image(index: number): Promise<RgbImage>;
  describe(index: number): string;
  /** The picture's own file; absent where pictures have none. */
  file?(index: number): string | undefined;
}

/** Makes the reader of a dataset's content. */
export function readerOf(state: DatasetState): ContentReader {
  const { content, name } = state;
  switch (content.type) {
    case 'list':
      return listReader(content, name);
    case 'scenes':
      return sceneReader(content, name);
    case 'joined':
      return joinedReader(content, readerOf);
  }
}
