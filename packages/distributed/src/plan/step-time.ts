import type { ReductionOrder } from '../batch-peers.js';
import type { MachineFigures } from './machine.js';

/**
 * By how many standard deviations the slowest of `count` independent, normally distributed times lies above their mean.
 *
 * `E[max] = ∫₀^∞ (1 - Φ(x)^n - Φ(-x)^n) dx`, by the trapezoidal rule.
 */
export function expectedMaximum(count: number): number {
  const step = 1 / 64;
  let sum = 0;
  for (let place = 0; place <= 8 / step; place++) {
    const below = normalDistribution(place * step);
    const height = 1 - below ** count - (1 - below) ** count;
    sum += place === 0 ? height / 2 : height;
  }
  return sum * step;
}

/** Φ(x) for x ≥ 0, with an error below 1.5e-7. @see Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26 */
function normalDistribution(x: number): number {
  const z = x / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * z);
  const polynomial =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return 1 - (polynomial * Math.exp(-z * z)) / 2;
}

/** One step of a training, as far as its time goes. */
export interface StepWork {
  /** Examples of the whole batch. */
  readonly batchSize: number;
  /** Micro-batches of the whole batch. */
  readonly microBatches: number;
  readonly parameters: number;
  /** Floating-point operations of an example, forward and backward. */
  readonly flopsPerExample: number;
  /** Default `fixed`. */
  readonly order?: ReductionOrder;
}

/** Where the time of a step goes, in seconds. */
export interface StepSeconds {
  /** Forward and backward of a rank's micro-batches. */
  readonly compute: number;
  /** Waiting for the slowest rank. */
  readonly straggle: number;
  /** Waiting for data that is not ready. */
  readonly load: number;
  /** Exchange of gradients that no computation hides. */
  readonly exchange: number;
  /** The optimizer, which every rank runs on all parameters. */
  readonly update: number;
  /** The sum of these. */
  readonly total: number;
}

/** Bytes of a single-precision number. */
export const floatBytes = 4;

/** AdamW reads parameter, gradient and two moments, and writes all but the gradient. */
export const updateFloats = 7;

/** Each round adds the summands of all ranks to a rank's share: two reads and a write for every element. */
const sumFloats = 3;

/** Bytes that each rank sends in a step; it receives as many. */
export function bytesSent({ parameters, microBatches, order = 'fixed' }: StepWork, ranks: number): number {
  const gradients = order === 'fixed' ? microBatches / ranks + 1 : 2;
  return ((gradients * (ranks - 1)) / ranks) * parameters * floatBytes;
}

/**
 * Time of a step on `ranks` ranks.
 *
 * - compute: a rank's share of the examples, at the speed of the machine.
 * - straggle: all wait for the slowest; a rank's micro-batches vary by `spread`, independently, so their sum by its square root.
 * - load: batches are prepared ahead, so only the part beyond the computation is waited for.
 * - exchange: latency and bandwidth of a ring; crowded cores also move the bytes. In the fixed order all rounds but the last travel while the next micro-batch is
 *   computed; the last, and the gathering of the sums, are waited for. In the fast order nothing is hidden.
 * - update: bound by memory.
 *
 * @see Thakur et al., Optimization of Collective Communication Operations in MPICH, 2005, for the cost of the ring.
 */
export function stepSeconds(work: StepWork, machine: MachineFigures, ranks: number): StepSeconds {
  const { batchSize, microBatches, parameters, flopsPerExample, order = 'fixed' } = work;
  const { flopsPerSecond, memoryBandwidth, bandwidth, latency, spread, loaderRate = Infinity } = machine;
  const crowding = Math.max(1, ranks / (machine.fullSpeedRanks ?? Infinity));
  const rounds = microBatches / ranks;
  const examples = batchSize / ranks;
  const bytes = parameters * floatBytes;
  const compute = (examples * flopsPerExample * crowding) / flopsPerSecond;
  const straggle = ranks === 1 ? 0 : (compute / Math.sqrt(rounds)) * spread * expectedMaximum(ranks);
  const load = Math.max(0, examples / loaderRate - compute - straggle);
  const pass = (((ranks - 1) / ranks) * (bytes / bandwidth) + (ranks - 1) * latency) * crowding;
  const adding = (sumFloats * bytes * crowding) / memoryBandwidth;
  const hidden = order === 'fixed' ? Math.max(0, pass + adding - compute / rounds) * (rounds - 1) : 0;
  const local = order === 'fast' ? adding * rounds : adding;
  const exchange = ranks === 1 ? 0 : hidden + local + 2 * pass;
  const update = (updateFloats * bytes * crowding) / memoryBandwidth;
  return { compute, straggle, load, exchange, update, total: compute + straggle + load + exchange + update };
}
