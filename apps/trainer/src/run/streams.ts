import { foldIn, key, type RngKey } from '@m3ae/random';

/** One key a purpose, so that drawing more for one changes nothing for another. */
export interface Streams {
  /** First values of the parameters. */
  readonly parameters: RngKey;
  /** Order of the examples and which captions are dropped. */
  readonly order: RngKey;
  /** Crops and flips. */
  readonly augmentation: RngKey;
  /** What is hidden of pictures, of captions and of text alone. */
  readonly imageMasks: RngKey;
  readonly textMasks: RngKey;
  readonly unpairedTextMasks: RngKey;
  /** Dropout and drop path. */
  readonly noise: RngKey;
  /** Masks and crops of the validation part, the same every time. */
  readonly validation: RngKey;
  /** Masks of the report's gallery. */
  readonly gallery: RngKey;
  /** Mixup and CutMix. */
  readonly mixing: RngKey;
}

/** Derives all keys of a run from its seed. */
export function streamsOf(seed: number): Streams {
  const root = key(seed);
  return {
    parameters: foldIn(root, 0),
    order: foldIn(root, 1),
    augmentation: foldIn(root, 2),
    imageMasks: foldIn(root, 3),
    textMasks: foldIn(root, 4),
    unpairedTextMasks: foldIn(root, 5),
    noise: foldIn(root, 6),
    validation: foldIn(root, 7),
    gallery: foldIn(root, 8),
    mixing: foldIn(root, 9),
  };
}
