import { collectFaults, type Fault, faultOf, listSome, throwFaults } from '@m3ae/errors';
import type { GraphCache } from './run/graph-cache.js';
import { givenRuntime, type OnnxRuntime } from './run/runtime.js';
import { type Device, devices } from './run/session-options.js';

/** How a function is compiled. */
export interface CompileOptions {
  /** Where it runs; `cpu` if left out. */
  readonly device?: Device;
  /** Threads inside one operator, at most 1024; every core if left out. */
  readonly threads?: number;
  /**
   * Calls that may run at the same time, each in a session with threads of its own over the same arguments; further ones wait. Sessions are
   * opened when they are first needed. Only on a CPU; without the C API of ONNX Runtime calls run one after the other. Default 1.
   */
  readonly sessions?: number;
  /**
   * Places of arguments that the caller gives up: results may be written over their arrays, by this call or a later one.
   * Where a result can take the place of the leaf with the same path, it does, so that a state needs no second copy. What the function
   * does not read is only room for results.
   */
  readonly donate?: readonly number[];
  /** Name in errors; the function's own if left out. */
  readonly name?: string;
  /**
   * ONNX Runtime to use, by its JavaScript interface. If left out, the library in `onnxruntime-node` is used by its C API,
   * where `koffi` is installed, else by that package's interface.
   */
  readonly runtime?: OnnxRuntime;
  /**
   * How matrix products are computed: `float32` (default), `bf16` (operands rounded to bf16, sums in float32; a CPU with
   * AVX512-BF16 or AMX and the library of `@m3ae/kernels`), or `auto`: bf16 where it can be had.
   */
  readonly precision?: 'float32' | 'bf16' | 'auto';
  /**
   * Which operators of `@m3ae/kernels` are used beside products in bf16: `exact` (default) for those that give the bits that
   * ONNX Runtime gives alone; `fast` also for those that differ from it by rounding, such as attention and products in float32. bf16 uses
   * these always.
   */
  readonly kernels?: 'exact' | 'fast';
  /**
   * Whether results stay on a GPU, as {@link DeviceArray}s, until they are read; on a CPU it changes nothing, and on CUDA nothing yet:
   * `onnxruntime-node` keeps no arrays there. Default false. The function must not be disposed of before they are read.
   */
  readonly resident?: boolean;
  /** Where graphs are kept for later processes; nowhere if left out. */
  readonly cache?: GraphCache;
  /** Beginning of the path of a file for ONNX Runtime's profile, written on `dispose`; none if left out. */
  readonly profile?: string;
  /** Told, in a line each, what is not as good as it could be on this machine. */
  readonly onNote?: (note: string) => void;
}

/** The largest servers have some 800 hardware threads; each one asked for takes memory, used or not. */
const mostThreads = 1024;

const precisions = ['float32', 'bf16', 'auto'] as const;
const kernelUses = ['exact', 'fast'] as const;

const known: readonly (keyof CompileOptions)[] = [
  'device',
  'threads',
  'sessions',
  'donate',
  'name',
  'runtime',
  'precision',
  'kernels',
  'resident',
  'cache',
  'profile',
  'onNote',
];

/**
 * Refuses what is no function or no option of `compile`.
 *
 * @throws InvalidInput with every fault.
 */
export function checkCompile(fn: unknown, options: CompileOptions): void {
  const check = collectFaults();
  check.require(typeof fn === 'function', 'fn', 'a function of tensors', fn, 'Pass it before the options.');
  const isRecord = typeof options === 'object' && options !== null;
  if (
    check.require(isRecord, 'options', 'a record', options, 'Write e.g. { threads: 2 }, or leave it out.')
  ) {
    checkOptions(check, options);
  }
  check.throwIfAny();
}

function checkOptions(check: ReturnType<typeof collectFaults>, options: CompileOptions): void {
  const {
    device = 'cpu',
    threads = 1,
    sessions = 1,
    donate = [],
    name = '',
    runtime,
    precision = 'float32',
    kernels = 'exact',
    resident = false,
    cache,
    profile = '',
    onNote = () => {},
  } = options;
  check.refuseUnknown('', options, known);
  check.require(
    devices.includes(device),
    'device',
    `one of ${listSome(devices)}`,
    device,
    'Use cpu if in doubt.',
  );
  const isCount = Number.isInteger(threads) && threads >= 1;
  const everyCore = 'Leave it out to use every core.';
  check.require(isCount, 'threads', 'a positive integer', threads, everyCore);
  check.require(!isCount || threads <= mostThreads, 'threads', `at most ${mostThreads}`, threads, everyCore);
  check.include(() => throwFaults([donateFault(donate)]));
  const areSessions = Number.isInteger(sessions) && sessions >= 1 && sessions <= mostThreads;
  check.require(
    areSessions && (sessions === 1 || device === 'cpu'),
    'sessions',
    `an integer from 1 to ${mostThreads}, and 1 on a GPU`,
    sessions,
    'Leave it out for one call at a time.',
  );
  check.require(typeof name === 'string', 'name', 'text', name, 'It stands in errors.');
  check.require(
    precisions.includes(precision),
    'precision',
    `one of ${listSome(precisions)}`,
    precision,
    'Use float32 if in doubt.',
  );
  check.require(
    kernelUses.includes(kernels),
    'kernels',
    `one of ${listSome(kernelUses)}`,
    kernels,
    'Use exact if in doubt.',
  );
  check.require(
    typeof resident === 'boolean',
    'resident',
    'true or false',
    resident,
    'Leave it out for false.',
  );
  check.require(typeof profile === 'string', 'profile', 'a path', profile, 'Write e.g. /tmp/profile.');
  check.require(typeof onNote === 'function', 'onNote', 'a function', onNote, 'Write e.g. console.log.');
  const isCache = typeof cache?.read === 'function' && typeof cache.write === 'function';
  check.require(
    cache === undefined || isCache,
    'cache',
    'a record of two functions, read and write',
    cache,
    'Leave it out to keep nothing.',
  );
  if (runtime !== undefined) check.include(() => givenRuntime(runtime));
}

/** The fault of places of donated arguments, if there is one. */
export function donateFault(donate: unknown): Fault | undefined {
  const arePlaces = Array.isArray(donate) && donate.every((place) => Number.isInteger(place) && place >= 0);
  const remedy = 'Write [0] for the first argument.';
  return arePlaces ? undefined : faultOf('donate', 'a list of places of arguments', donate, remedy);
}
