import { faultOf, isRecord, throwFaults } from '@m3ae/errors';
import { checkOptions, number, optional, record, type RulesOf } from '@m3ae/errors/rules';
import { floatBytes, updateFloats } from './step-time.js';

/** What one rank of a machine does, measured or given. */
export interface MachineFigures {
  /** Floating-point operations of a training step that one rank sustains, per second. */
  readonly flopsPerSecond: number;
  /** Bytes a second that one rank reads and writes in its own memory, for the optimizer and for sums. */
  readonly memoryBandwidth: number;
  /** Bytes a second that one rank sends while it receives as many. */
  readonly bandwidth: number;
  /** Seconds until the first byte of a message arrives. */
  readonly latency: number;
  /** Standard deviation of the time of a micro-batch, as a share of its mean. */
  readonly spread: number;
  /** Examples a second that the loaders of one rank prepare; left out, they are never waited for. */
  readonly loaderRate?: number;
  /** Ranks that compute at full speed together, e.g. the cores of the only machine; more share them. Left out, all do. */
  readonly fullSpeedRanks?: number;
  /** Price of an hour of one rank, in any currency. Default 0. */
  readonly pricePerHour?: number;
}

const above = (remedy: string) => number({ above: 0 }, remedy);
const least = (remedy: string) => number({ min: 0 }, remedy);

const machineRule = record({
  flopsPerSecond: above('Measure it with: npx @m3ae/trainer bench step --json.'),
  memoryBandwidth: above('Bytes a second, e.g. 1e10.'),
  bandwidth: above('Measure it with: mpirun -n 2 npx @m3ae/trainer bench ranks --json.'),
  latency: least('Seconds, e.g. 5e-6.'),
  spread: least('A share of the mean, e.g. 0.02.'),
  loaderRate: optional(above('Measure it with: npx @m3ae/trainer bench data --json.')),
  fullSpeedRanks: optional(above('E.g. the number of cores.')),
  pricePerHour: optional(least('Leave it out for none.')),
} as const satisfies RulesOf<MachineFigures>);

/**
 * Refuses figures that are no machine's, and says how those that are missing are measured.
 *
 * @throws InvalidInput with all faults: unknown names, figures that are not positive or out of all measure.
 */
export function checkMachine(machine: Partial<MachineFigures>): asserts machine is MachineFigures {
  checkOptions(machineRule, machine, { whole: 'machine' });
}

/** What a plan reads of the JSON that `m3ae bench step`, `bench ranks` and `bench data` print; any of it may be missing. */
export interface MeasuredMachine {
  /** Seconds of each step of a training, and the one in the middle of them. */
  readonly times_s?: readonly number[];
  readonly median_s?: number;
  /** Numbers that the step trains, and its floating-point operations, without which `median_s` tells no speed. */
  readonly parameters?: number;
  readonly flops?: number;
  /** Seconds of a short message, and bytes a second of a long one. */
  readonly latency_s?: number;
  readonly bandwidth?: number;
  /** Bytes a second in a rank's own memory. */
  readonly memory_bandwidth?: number;
  /** Pictures a second, by worker threads. */
  readonly images_per_s?: Readonly<Record<'1', number>>;
}

/**
 * Figures of a machine that was measured. The optimizer's part of a step, which memory bounds, is left out of its speed.
 *
 * @returns Those that the measurements tell.
 *
 * @example
 * ```ts
 * measuredFigures({ latency_s: 1e-5, bandwidth: 2e9 }); // { latency: 1e-5, bandwidth: 2e9 }
 * ```
 */
export function measuredFigures(measured: MeasuredMachine): Partial<MachineFigures> {
  const {
    bandwidth,
    latency_s: latency,
    memory_bandwidth: memoryBandwidth,
    images_per_s,
    median_s: median,
    flops,
    times_s,
  } = measured;
  return {
    ...(flops && median && { flopsPerSecond: flops / computingSeconds(median, measured) }),
    ...(times_s && { spread: spreadOf(times_s) }),
    ...(bandwidth && { bandwidth }),
    ...(latency !== undefined && { latency }),
    ...(memoryBandwidth && { memoryBandwidth }),
    ...(images_per_s && { loaderRate: images_per_s[1] }),
  };
}

/** The part of a step that is not the optimizer's. */
function computingSeconds(
  median: number,
  { parameters = 0, memory_bandwidth: memory = Infinity }: MeasuredMachine,
): number {
  return median - Math.min(median / 2, (updateFloats * floatBytes * parameters) / memory);
}

/** Standard deviation over mean. */
function spreadOf(times: readonly number[]): number {
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  const variance = times.reduce((sum, time) => sum + (time - mean) ** 2, 0) / times.length;
  return Math.sqrt(variance) / mean;
}

/** What a text ends with, a line of JSON as `m3ae bench` prints it; nothing where it ends otherwise. */
export function measuredIn(text: string): MeasuredMachine | undefined {
  try {
    const measured: unknown = JSON.parse(text.trim().split('\n').at(-1)!);
    return isRecord(measured) ? measured : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Figures that a person gives, such as `bandwidth=1e10`; `planRun` refuses names that it does not know.
 *
 * @param option - What messages call them.
 * @throws InvalidInput for one that is no number.
 */
export function figuresIn(given: readonly string[], option = 'figure'): Partial<MachineFigures> {
  const pairs = given.map((text) => [text, ...text.split('=')] as const);
  throwFaults(
    pairs.map(
      ([text, , value = '']) =>
        (value.trim() === '' || Number.isNaN(Number(value))) &&
        faultOf(option, 'name=number', text, `Write e.g. ${option} bandwidth=1e10.`),
    ),
  );
  return Object.fromEntries(pairs.map(([, name, value]) => [name, Number(value)]));
}
