import { foldIn, key, type RngKey } from '@m3ae/random';

/** One key a purpose, so that drawing more for one changes nothing for another. */
export interface Streams {
  /** First values of the parameters. */
  readonly parameters: RngKey;
  /** Order of the examples and which captions are dropped. */
  readonly order: RngKey;
  /** Crops and flips. */
  readonly augmentation: RngKey;
  /** Masks and crops of the validation part, the same every time. */
  readonly validation: RngKey;
  /** Masks of the report's gallery. */
  readonly gallery: RngKey;
}

/** Derives the keys of a run from its seed; the numbers between are those of the tasks, for masks, noise and mixing. */
export function streamsOf(seed: number): Streams {
  const root = key(seed);
  return {
    parameters: foldIn(root, 0),
    order: foldIn(root, 1),
    augmentation: foldIn(root, 2),
    validation: foldIn(root, 7),
    gallery: foldIn(root, 8),
  };
}
