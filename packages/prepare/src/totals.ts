import type { ChannelStatistics, RgbImage, Tokenizer } from '@m3ae/preprocess';
import type { Dropped, DropReason, PreparedExample } from './read-example.js';
import { wordsOf } from './caption-rules.js';

/** Figures of some examples, as plain JSON; those of a whole are the sums of those of its parts. */
export interface Totals {
  readonly examples: number;
  readonly captions: number;
  readonly captionWords: number;
  readonly withoutCaption: number;
  /** Sum over the pictures of each channel's mean, and of the mean of its squares, for values in [0, 1]. */
  readonly channelSums: readonly number[];
  readonly channelSquares: readonly number[];
  /** How often each word piece occurs, by its id in bert-base-uncased. */
  readonly pieces: Readonly<Record<string, number>>;
  /** Pictures of each class. */
  readonly classes: Readonly<Record<string, number>>;
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
}

type Counts = Readonly<Partial<Record<string, number>>>;

function sumOfCounts(left: Counts, right: Counts): Record<string, number> {
  const sum = new Map<string, number>();
  for (const [name, count = 0] of [...Object.entries(left), ...Object.entries(right)])
    sum.set(name, (sum.get(name) ?? 0) + count);
  return Object.fromEntries(sum);
}

/** Totals of nothing. */
export const noTotals: Totals = {
  examples: 0,
  captions: 0,
  captionWords: 0,
  withoutCaption: 0,
  channelSums: [0, 0, 0],
  channelSquares: [0, 0, 0],
  pieces: {},
  classes: {},
  dropped: {},
};

/** The totals of two parts together. */
export function addTotals(left: Totals, right: Totals): Totals {
  const plus = (values: readonly number[], others: readonly number[]) =>
    values.map((value, at) => value + others[at]!);
  return {
    examples: left.examples + right.examples,
    captions: left.captions + right.captions,
    captionWords: left.captionWords + right.captionWords,
    withoutCaption: left.withoutCaption + right.withoutCaption,
    channelSums: plus(left.channelSums, right.channelSums),
    channelSquares: plus(left.channelSquares, right.channelSquares),
    pieces: sumOfCounts(left.pieces, right.pieces),
    classes: sumOfCounts(left.classes, right.classes),
    dropped: sumOfCounts(left.dropped, right.dropped),
  };
}

/**
 * Adds up examples that come one by one.
 *
 * @param tokenizer - Counts word pieces; left out, none are counted.
 */
export function createTally(tokenizer?: Tokenizer) {
  let [examples, captions, captionWords, withoutCaption] = [0, 0, 0, 0];
  const [channelSums, channelSquares] = [new Float64Array(3), new Float64Array(3)];
  const pieces = new Map<number, number>();
  const classes = new Map<string, number>();
  const dropped = new Map<DropReason, number>();
  const count = <Key>(counts: Map<Key, number>, key: Key) => counts.set(key, (counts.get(key) ?? 0) + 1);
  return {
    keep(example: Pick<PreparedExample, 'captions' | 'label'>, image: RgbImage) {
      examples++;
      captions += example.captions.length;
      if (example.captions.length === 0) withoutCaption++;
      for (const caption of example.captions) {
        captionWords += wordsOf(caption).length;
        for (const id of tokenizer?.encode(caption) ?? []) count(pieces, id);
      }
      if (example.label !== undefined) count(classes, example.label);
      addChannels(image, channelSums, channelSquares);
    },
    drop: ({ reason }: Dropped) => void count(dropped, reason),
    totals: (): Totals => ({
      examples,
      captions,
      captionWords,
      withoutCaption,
      channelSums: [...channelSums],
      channelSquares: [...channelSquares],
      pieces: Object.fromEntries(pieces),
      classes: Object.fromEntries(classes),
      dropped: Object.fromEntries(dropped),
    }),
  };
}

function addChannels({ data, channels }: RgbImage, sums: Float64Array, squares: Float64Array): void {
  const pixels = data.length / channels;
  for (let channel = 0; channel < 3; channel++) {
    let [sum, square] = [0, 0];
    for (let at = channels === 1 ? 0 : channel; at < data.length; at += channels) {
      sum += data[at]!;
      square += data[at]! ** 2;
    }
    sums[channel]! += sum / pixels / 255;
    squares[channel]! += square / pixels / 255 ** 2;
  }
}

/** Mean and deviation of each channel over all pixels; each picture counts alike. */
export function channelsOf({ examples, channelSums, channelSquares }: Totals): ChannelStatistics {
  const count = Math.max(1, examples);
  const mean = channelSums.map((sum) => sum / count);
  const std = channelSquares.map((square, at) => Math.sqrt(Math.max(0, square / count - mean[at]! ** 2)));
  return { mean, std };
}
