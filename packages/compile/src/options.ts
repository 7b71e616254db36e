import { collectFaults, faultOf, isRecord } from '@m3ae/errors';
import {
  callback,
  checkOptions,
  flag,
  integer,
  matching,
  oneOf,
  optional,
  record,
  refined,
  type RulesOf,
  withDefault,
} from '@m3ae/errors/rules';
import type { GraphCache } from './run/prepared-graph.js';
import { type Device, devices, givenRuntime, type OnnxRuntime } from './run/runtime.js';

/** How a function is compiled. */
export interface CompileOptions {
  /** Where it runs; `cpu` if left out. */
  readonly device?: Device;
  /** Threads inside one operator, at most 1024; if left out those of `OMP_NUM_THREADS`, or one for each core that the process may use. */
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
   * AVX512-BF16 or AMX and the library of `@m3ae/kernels`, or CUDA on a card of compute capability 8 or more, where results are rounded
   * too), or `auto`: bf16 where it can be had.
   */
  readonly precision?: 'float32' | 'bf16' | 'auto';
  /**
   * Which operators of `@m3ae/kernels` are used beside products in bf16: `exact` (default) for those that give the bits that
   * ONNX Runtime gives alone; `fast` also for those that differ from it by rounding, such as attention and products in float32. bf16 uses
   * these always.
   */
  readonly kernels?: 'exact' | 'fast';
  /**
   * Whether results stay on a GPU, as {@link DeviceArray}s, until they are read; on a CPU it changes nothing, nor on CUDA where `koffi`
   * is not installed. Default false. The function must not be disposed of before they are read.
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

/** Rules that `compile` and `eager` share. */
export const sharedRules = {
  name: optional(matching<string>('text', (name) => typeof name === 'string', 'It stands in errors.', '')),
  resident: withDefault(flag('Leave it out for false.'), false),
  donate: withDefault(
    matching<readonly number[]>(
      'a list of places of arguments',
      (places) => Array.isArray(places) && places.every((place) => Number.isInteger(place) && place >= 0),
      'Write [0] for the first argument.',
      [],
    ),
    [],
  ),
} as const;

const isCache = (cache: unknown) =>
  isRecord(cache) && typeof cache.read === 'function' && typeof cache.write === 'function';

/** The rules of how a function is computed, for a program whose settings name it. */
export const engineRules = {
  device: withDefault(oneOf(devices, 'Use "cpu" unless this machine has a GPU.'), 'cpu'),
  threads: optional(
    integer({ min: 1, limit: mostThreads }, 'Threads of the engine; leave it out for one a core.'),
  ),
  precision: withDefault(
    oneOf(
      ['float32', 'bf16', 'auto'],
      'Of matrix products on a CPU or on CUDA: "bf16" is faster where the processor or card has it, "auto" takes it there.',
    ),
    'float32',
  ),
  kernels: withDefault(
    oneOf(
      ['exact', 'fast'],
      '"exact" changes no bit of what ONNX Runtime gives alone; "fast" differs by rounding.',
    ),
    'exact',
  ),
} as const satisfies Partial<RulesOf<CompileOptions>>;

const optionsRule = refined(
  record({
    ...sharedRules,
    ...engineRules,
    sessions: withDefault(integer({ min: 1, max: mostThreads }, 'Leave it out for one call at a time.'), 1),
    runtime: matching<OnnxRuntime | undefined>('a runtime', () => true, '', undefined), // givenRuntime says what it lacks
    cache: optional(
      matching<GraphCache | undefined>(
        'a record of two functions, read and write',
        isCache,
        'Leave it out to keep nothing.',
        undefined,
      ),
    ),
    profile: optional(
      matching<string>('a path', (path) => typeof path === 'string', 'Write e.g. /tmp/profile.', ''),
    ),
    onNote: optional(callback<(note: string) => void>('a function', 'Write e.g. console.log.', () => {})),
  } as const satisfies RulesOf<CompileOptions>),
  ['device', 'sessions'],
  ({ device, sessions }) => [
    sessions > 1 &&
      device !== 'cpu' &&
      faultOf('sessions', '1 on a GPU', sessions, 'Leave it out for one call at a time.'),
  ],
);

/**
 * Refuses what is no function or no option of `compile`.
 *
 * @throws InvalidInput with every fault.
 */
export function checkCompile(fn: unknown, options: CompileOptions): void {
  const check = collectFaults();
  check.require(typeof fn === 'function', 'fn', 'a function of tensors', fn, 'Pass it before the options.');
  check.include(() => checkOptions(optionsRule, options));
  if (options?.runtime !== undefined) check.include(() => givenRuntime(options.runtime!));
  check.throwIfAny();
}
