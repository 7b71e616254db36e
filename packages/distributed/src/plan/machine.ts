import { faultOf, type MaybeFault, throwFaults, unknownKeys } from '@m3ae/errors';

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

const keys: readonly (keyof MachineFigures)[] = [
  'flopsPerSecond',
  'memoryBandwidth',
  'bandwidth',
  'latency',
  'spread',
  'loaderRate',
  'fullSpeedRanks',
  'pricePerHour',
];

/**
 * Refuses figures that are no machine's, and says how those that are missing are measured.
 *
 * @throws InvalidInput with all faults: unknown names, figures that are not positive or out of all measure.
 */
export function checkMachine(machine: Partial<MachineFigures>): asserts machine is MachineFigures {
  const above = (name: keyof MachineFigures, remedy: string): MaybeFault =>
    !(machine[name]! > 0 && machine[name]! < Infinity) &&
    faultOf(name, 'a number above 0', machine[name], remedy);
  const least = (name: keyof MachineFigures, remedy: string): MaybeFault =>
    !(machine[name]! >= 0 && machine[name]! < Infinity) &&
    faultOf(name, 'a number of at least 0', machine[name], remedy);
  throwFaults([
    ...unknownKeys('', machine, keys),
    above('flopsPerSecond', 'Measure it with: npx @m3ae/trainer bench step --json.'),
    above('memoryBandwidth', 'Bytes a second, e.g. 1e10.'),
    above('bandwidth', 'Measure it with: mpirun -n 2 npx @m3ae/trainer bench ranks --json.'),
    least('latency', 'Seconds, e.g. 5e-6.'),
    least('spread', 'A share of the mean, e.g. 0.02.'),
    machine.loaderRate !== undefined &&
      above('loaderRate', 'Measure it with: npx @m3ae/trainer bench data --json.'),
    machine.fullSpeedRanks !== undefined && above('fullSpeedRanks', 'E.g. the number of cores.'),
    machine.pricePerHour !== undefined && least('pricePerHour', 'Leave it out for none.'),
  ]);
}
