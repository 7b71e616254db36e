import { foldIn, type RngKey, uniform } from '@m3ae/random';
import { checkOptions } from './check-options.js';
import { epochOrder } from './epoch-order.js';
import { configurationOf, type MixerOptions, type MixerSource, type SourceKind } from './options.js';
import { checkState, type MixerState, withLanesOf } from './state.js';
import { decideText } from './use-text.js';

/** The examples that one step takes from one source. */
export interface MixedPart {
  /** Name of the source. */
  readonly source: string;
  /** What the source holds. */
  readonly kind: SourceKind;
  /** Dataset indices of this rank's examples: [batchSize / ranks]. */
  readonly indices: Int32Array;
  /** 1 where the example comes with its text, 0 where its caption is to be left out: [batchSize / ranks]. */
  readonly useText: Uint8Array;
  /** Place of `indices[0]` in the global batch; add it to a place to get a number that no other rank has. */
  readonly offset: number;
}

/** What one step is trained on. */
export interface MixedBatch {
  /** Number of the step, from 0. */
  readonly step: number;
  /** Which pass this is, from 0: the step divided by {@link Mixer.stepsPerEpoch}, rounded down. */
  readonly epoch: number;
  /** 'pairedPlusText': the paired (or image) part, then the text part if there is one. 'weighted': one part. */
  readonly parts: readonly MixedPart[];
}

/** An endless stream of batches. */
export interface Mixer {
  /** Steps in a pass: through the paired or image source, or, when weighted, through as many examples as all hold. */
  readonly stepsPerEpoch: number;
  /** Gives the next step's examples and moves on. */
  next(): MixedBatch;
  /** Where the stream stands, as plain JSON; take it right after the `next()` of the last step trained. */
  state(): MixerState;
  /**
   * Goes to a saved place, and on in the {@link SourceShards.lanes} that the stream began with; on an error the mixer stays where
   * it was.
   */
  restore(state: MixerState): void;
}

/** Purposes of the keys derived from the mixer's own. */
const ORDER = 0;
const DRAW = 1;
const DROP = 2;

/**
 * Mixes paired, image-only and text-only sources into one reproducible stream of indices.
 *
 * The stream depends on the options alone: not on the time, not on the number of ranks (the global batch is split
 * among them), nor on where it was interrupted. Each epoch of each source has an order of its own; examples that do not
 * fill a batch are left out of that epoch.
 *
 * @param options - See {@link MixerOptions}.
 * @throws RangeError naming every bad or unknown option.
 *
 * @example
 * ```ts
 * const sources = [{ name: 'emoji', kind: 'paired', length: 3000 }] as const;
 * const mixer = createMixer({ key: key(0), batchSize: 64, sources, pairedShare: 0.1 });
 * mixer.next().parts[0]?.indices; // Int32Array(64)
 * ```
 *
 * @see Geng et al., Multimodal Masked Autoencoders, section 4 (paired and unpaired data),
 * https://arxiv.org/abs/2205.14204
 */
export function createMixer(options: MixerOptions): Mixer {
  checkOptions(options);
  const { rank = 0, ranks = 1, key, batchSize } = options;
  let configuration = configurationOf(options);
  const { shuffle, strategy } = configuration;
  const orderOf = (source: MixerSource, i: number) =>
    epochOrder(foldIn(foldIn(key, ORDER), i), source, batchSize, shuffle);
  let orders = options.sources.map(orderOf);
  const sources = configuration.sources.map(({ name, kind }, number) => ({ name, kind, number }));
  const turn = [...sources].sort((a, b) => Number(a.kind === 'text') - Number(b.kind === 'text'));
  const stepsPerEpoch = (strategy === 'weighted' ? sources : turn.slice(0, 1)).reduce(
    (sum, { number }) => sum + orders[number]!.batchesPerEpoch,
    0,
  );
  let step = 0;
  let batches = sources.map(() => 0);

  function part({ name, kind, number }: (typeof sources)[number]): MixedPart {
    const all = orders[number]!.batch(batches[number]!++); // [batchSize]
    const dropKey = foldIn(foldIn(foldIn(key, DROP), number), step);
    const useText = decideText(dropKey, kind, all, configuration);
    const size = batchSize / ranks;
    const mine = [rank * size, (rank + 1) * size] as const;
    const [indices, use] = [all.slice(...mine), useText.slice(...mine)];
    return { source: name, kind, indices, useText: use, offset: mine[0] };
  }

  return {
    stepsPerEpoch,
    next() {
      const drawn = strategy === 'weighted' ? [sources[drawSource(key, step, configuration.sources)]!] : turn;
      const batch = { step, epoch: Math.floor(step / stepsPerEpoch), parts: drawn.map(part) };
      step++;
      return batch;
    },
    state: () => ({ step, batches: [...batches], configuration: structuredClone(configuration) }),
    restore(state) {
      const begun = withLanesOf(state, options);
      checkState(state, configurationOf(begun));
      configuration = configurationOf(begun);
      orders = begun.sources.map(orderOf);
      step = state.step;
      batches = [...state.batches];
    },
  };
}

/** Draws a source by weight; a source of weight 0 is never drawn. */
function drawSource(key: RngKey, step: number, sources: readonly { weight: number }[]): number {
  const total = sources.reduce((sum, { weight }) => sum + weight, 0);
  let left = uniform(foldIn(foldIn(key, DRAW), step), 1)[0]! * total;
  let last = 0;
  for (const [i, { weight }] of sources.entries()) {
    if (left < weight) return i;
    left -= weight;
    if (weight > 0) last = i;
  }
  return last; // rounding may leave a trace of `left`
}
