import { checkOptions, flag, inInterval, oneOf, record, withDefault } from '@m3ae/errors/rules';
import type { RngKey } from '@m3ae/random';

/** What a source holds: pictures with captions, pictures alone, or text alone. */
export type SourceKind = 'paired' | 'image' | 'text';

/** Examples that are best read one after the other, as they lie in one archive of many. */
export interface SourceShards {
  /** Where the examples of each shard end, rising, the last at the source's length: [shards]. */
  readonly ends: ArrayLike<number>;
  /** Among how many examples in turn the order is shuffled; the larger, the more of them are held by whoever reads them. */
  readonly window: number;
  /**
   * Equal stretches of a batch that each read shards of their own, as many examples each, so that whoever takes only some of them
   * reads only their shards; a divisor of the batch size. Default 1.
   */
  readonly lanes?: number;
}

/** One data set, known to the mixer only by its size. */
export interface MixerSource {
  /** A name to recognize it by; unique among the sources. */
  readonly name: string;
  /** What it holds. */
  readonly kind: SourceKind;
  /** How many examples it has; at least one global batch. */
  readonly length: number;
  /** Chance to be drawn, relative to the other weights; 1 by default. Only for the strategy 'weighted'. */
  readonly weight?: number;
  /**
   * What lies together, so that each epoch reads shard by shard, in an order that is drawn, and shuffles within a window; left
   * out, all examples are shuffled as one.
   */
  readonly shards?: SourceShards;
}

/** What {@link createMixer} needs to know. */
export interface MixerOptions {
  /** Random key of the whole stream; the same key always gives the same stream. */
  readonly key: RngKey;
  /** Examples of one part of a step, over all ranks. */
  readonly batchSize: number;
  /** The data sets. */
  readonly sources: readonly MixerSource[];
  /**
   * 'pairedPlusText' (default, the reference): every step a batch of the paired (or image-only) source and, where
   * there is one, a batch of the text source. 'weighted': every step one batch of one source, drawn by weight.
   */
  readonly strategy?: 'pairedPlusText' | 'weighted';
  /** Share of the paired examples that keep their caption, in [0, 1]; 1 by default. Always the same examples. */
  readonly pairedShare?: number;
  /**
   * How an example's dataset index decides whether it is paired: 'modulo' (default, the reference) takes the last
   * `100 * pairedShare` of every 100 indices; 'hash' takes the indices whose hash is below `pairedShare`.
   */
  readonly pairedBy?: 'modulo' | 'hash';
  /** Chance that a paired example loses its caption for one visit, in [0, 1]; 0 by default. */
  readonly dropText?: number;
  /** Whether each epoch of each source has its own random order (default), or the order of the data set. */
  readonly shuffle?: boolean;
  /** Which part of every global batch this process takes, from 0; 0 by default. */
  readonly rank?: number;
  /** How many processes share a global batch; 1 by default. */
  readonly ranks?: number;
}

const share = inInterval('[0, 1]', 'Write ten percent as 0.1.');

/** The rules of those {@link MixerOptions} that say what becomes of the sources. */
export const mixerRules = {
  strategy: withDefault(
    oneOf(
      ['pairedPlusText', 'weighted'],
      '"pairedPlusText" adds a text-only batch to every step, "weighted" draws one source for each.',
    ),
    'pairedPlusText',
  ),
  pairedShare: withDefault(share, 1),
  pairedBy: withDefault(
    oneOf(
      ['modulo', 'hash'],
      '"modulo" is the rule of the reference, exact for every full hundred; "hash" suits small folders.',
    ),
    'modulo',
  ),
  dropText: withDefault(share, 0),
  shuffle: withDefault(flag('false reads the examples in their stored order.'), true),
} as const;

/** A source with its weight; of its shards their number instead of their ends, as a state must not grow with the data. */
export interface MixedSource extends Required<Omit<MixerSource, 'shards'>> {
  readonly shards?: Omit<SourceShards, 'ends'> & { readonly count: number };
}

/** The options that decide the stream, with defaults filled in: all but the rank. */
export interface MixerConfiguration {
  readonly key: readonly number[];
  readonly batchSize: number;
  readonly sources: readonly MixedSource[];
  readonly strategy: 'pairedPlusText' | 'weighted';
  readonly pairedShare: number;
  readonly pairedBy: 'modulo' | 'hash';
  readonly dropText: number;
  readonly shuffle: boolean;
}

const mixingRule = record(mixerRules);

/** Fills in the defaults of options that were checked. */
export function configurationOf(options: MixerOptions): MixerConfiguration {
  const { key, batchSize, sources, strategy, pairedShare, pairedBy, dropText, shuffle } = options;
  return {
    key: [...key],
    batchSize,
    sources: sources.map(({ name, kind, length, weight = 1, shards }) => ({
      name,
      kind,
      length,
      weight,
      ...(shards && { shards: sizesOf(shards) }),
    })),
    ...checkOptions(mixingRule, { strategy, pairedShare, pairedBy, dropText, shuffle }),
  };
}

/** What a state keeps of shards; one lane goes without saying, as in states of before there were lanes. */
function sizesOf({ ends, window, lanes = 1 }: SourceShards): MixedSource['shards'] {
  return { count: ends.length, window, ...(lanes > 1 && { lanes }) };
}
