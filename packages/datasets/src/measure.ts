import { invalidField, requireOptions } from '@m3ae/errors';
import {
  type ChannelStatistics,
  createTokenizer,
  type TrimmedVocabulary,
  type TrimOptions,
  trimVocabulary,
} from '@m3ae/preprocess';
import { key, permutation, type RngKey } from '@m3ae/random';
import { type Dataset, requireDataset } from './dataset.js';

/**
 * Cuts bert-base-uncased down to the pieces that the captions of a dataset use. Take the training part only:
 * what a test caption alone would add stays unknown to the model.
 *
 * @param dataset - The training examples.
 * @param options - How often a piece must occur to be kept.
 * @returns The smaller tokenizer, and the mapping to keep beside the weights.
 *
 * @example
 * ```ts
 * const { mapping } = trimVocabularyOf(train);
 * createLoader(train, { text: { maxLength: 20, tokenizer: mapping }, key: key(0) });
 * ```
 */
export function trimVocabularyOf(dataset: Dataset, options?: TrimOptions): TrimmedVocabulary {
  return trimVocabulary(createTokenizer(), captionsOf(dataset), options);
}

/** All captions of a dataset, in order. */
export function* captionsOf(dataset: Dataset): Generator<string, void, void> {
  for (let index = 0; index < dataset.length; index++) yield dataset.caption(index);
}

/** Options of {@link measureChannels}. */
export interface MeasureOptions {
  /** Pictures looked at. Default: all. */
  readonly limit?: number;
  /** Draws those that are looked at; by default they are spread evenly over the dataset. */
  readonly key?: RngKey;
  /** Whether pictures that cannot be decoded are passed over. Default false. */
  readonly skipUnreadable?: boolean;
}

/**
 * Mean and standard deviation of each channel over all pixels, for values in [0, 1]; each picture counts alike,
 * whatever its size.
 *
 * @param dataset - Examples with pictures; the training part.
 * @param options - How many pictures are looked at.
 * @returns Three means and three deviations.
 * @throws InvalidInput if `limit` is not a positive integer.
 * @throws Error if a picture cannot be decoded, unless such are passed over.
 *
 * @example
 * ```ts
 * const { mean, std } = await measureChannels(train, { limit: 2000 });
 * ```
 */
export async function measureChannels(
  dataset: Dataset,
  options: MeasureOptions = {},
): Promise<ChannelStatistics> {
  requireDataset('dataset', dataset);
  requireOptions(options, ['limit', 'key', 'skipUnreadable'], 'Leave it out to look at every picture.');
  const { limit = dataset.length, key: drawnBy, skipUnreadable = false } = options;
  if (!Number.isInteger(limit) || limit < 1) {
    throw invalidField('limit', 'a positive integer', limit, 'Leave it out to look at every picture.');
  }
  const looked = Math.min(limit, dataset.length);
  const order = drawnBy && permutation(drawnBy, dataset.length);
  const sums = new Float64Array(3);
  const squares = new Float64Array(3);
  let count = 0;
  for (let i = 0; i < looked; i++) {
    const picture = await dataset
      .image(order?.[i] ?? Math.floor((i * dataset.length) / looked))
      .catch((error: unknown) => {
        if (skipUnreadable) return null;
        throw error;
      });
    if (picture === null) continue;
    count++;
    const { data, channels, width, height } = picture;
    const pixels = width * height;
    for (let channel = 0; channel < 3; channel++) {
      let sum = 0;
      let square = 0;
      for (let at = channels === 1 ? 0 : channel; at < data.length; at += channels) {
        const value = data[at]!;
        sum += value;
        square += value * value;
      }
      sums[channel]! += sum / pixels / 255;
      squares[channel]! += square / pixels / 255 ** 2;
    }
  }
  const mean = Array.from(sums, (sum) => sum / Math.max(1, count));
  return {
    mean,
    std: mean.map((value, channel) =>
      Math.sqrt(Math.max(0, squares[channel]! / Math.max(1, count) - value ** 2)),
    ),
  };
}

/** Pictures that {@link channelStatistics} looks at: enough for three decimals. */
const sampleSize = 512;

/**
 * Channel statistics as a training takes them: over 512 pictures, always the same, rounded to four decimals; a channel of one value gets
 * a deviation of 0.01, that divides. Pictures that cannot be decoded are passed over.
 *
 * @param dataset - Examples with pictures; the training part.
 */
export async function channelStatistics(dataset: Dataset): Promise<ChannelStatistics> {
  const { mean, std } = await measureChannels(dataset, {
    limit: sampleSize,
    key: key(0),
    skipUnreadable: true,
  });
  const rounded = (values: readonly number[]) => values.map((value) => Number(value.toFixed(4)));
  return { mean: rounded(mean), std: rounded(std.map((value) => Math.max(0.01, value))) };
}
