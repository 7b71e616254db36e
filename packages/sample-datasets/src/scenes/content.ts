import type { EmojiRecord } from '../emoji/cache.js';
import type { PixelSource } from '@m3ae/datasets';

/** What scenes are composed of, as plain data. */
export interface SceneContent {
  /** Drawings on white, RGB. */
  readonly drawings: PixelSource;
  /** Those of them that may stand in a scene. */
  readonly rows: readonly number[];
  /** One record a row. */
  readonly records: readonly EmojiRecord[];
  /** Words of the key of all these scenes. */
  readonly key: readonly [number, number];
  /** Side of the composed pictures in pixels. */
  readonly size: number;
  readonly parts: readonly [number, number];
  /** Smallest and largest side of a drawing in pixels. */
  readonly side: readonly [number, number];
  readonly softBackground: number;
  readonly separator: string;
  readonly tags: number;
  readonly tagSeparator: string;
}
