import type { NdArray, Tree } from '@m3ae/tree';
import { explained, leavesOf } from './arguments.js';
import { signatureOf, type HostArguments, type HostLeaf, type HostResult } from './host.js';
import { invalidField } from '@m3ae/errors';
import { backendTurn, queue } from './lock.js';
import { enginePasses, gpuPasses, optimize } from './optimize/index.js';
import { checkCompile, type CompileOptions } from './options.js';
import { chooseBinding } from './run/choose-binding.js';
import type { Traffic } from './run/graph-session.js';
import { createProgram, type Program } from './run/session.js';
import { activeTrace } from './trace/backend.js';
import { trace, type TensorFunction } from './trace/trace.js';

/** Threads that blocks are cut for where the caller leaves their number to ONNX Runtime. */
const usualThreads = 2;

/** What has happened so far in a compiled function. */
export interface CompileStats {
  /** Finished calls. */
  readonly calls: number;
  /** Recordings, one for each set of shapes. */
  readonly traces: number;
  /** Milliseconds spent recording and optimizing. */
  readonly traceMs: number;
  /** Milliseconds spent encoding models and building sessions. */
  readonly sessionMs: number;
  /** Nodes of the newest graph. */
  readonly nodes: number;
  /** Bytes of the newest encoded model. */
  readonly modelBytes: number;
  /** Of the matrix products, as they run; `float32` before the first recording. */
  readonly precision: 'float32' | 'bf16';
  /** Milliseconds of the newest call, without recording. */
  readonly lastRunMs: number;
  /** Bytes of arguments that went from the host to a GPU, where results stay there. */
  readonly sentBytes: number;
  /** Bytes of results that were read from there. */
  readonly readBytes: number;
}

/** A compiled function: the same arguments as the original, as host arrays. */
export interface CompiledFunction<Args extends readonly unknown[], Result> {
  (...args: HostArguments<Args>): Promise<HostResult<Result>>;
  /** Frees all sessions; the function cannot be called any more. */
  dispose(): Promise<void>;
  /** Counts and times so far. */
  stats(): CompileStats;
}

/**
 * Turns a pure function over trees of tensors into one that runs as a single ONNX graph.
 *
 * The first call with some shapes records the function, gradients included; later calls reuse the graph. Calls in
 * flight at the same time run one after the other. Results are arrays of the caller's; arguments are never changed,
 * except donated ones, whose arrays may be overwritten.
 *
 * @param fn - Takes trees of tensors, returns a tree of tensors. It must not read values or depend on anything that changes.
 * @param options - Device, threads, donated arguments.
 * @throws InvalidInput for wrong options; as rejection of the call, if an argument is no tree of arrays and numbers.
 * @throws Error (as rejection of the call) if the function reads a value or uses an operation that cannot be recorded.
 *
 * @example
 * ```ts
 * const double = compile((x: Tensor1D) => mul(x, 2));
 * await double({ shape: [3], data: Float32Array.of(1, 2, 3) }); // { shape: [3], data: Float32Array [2, 4, 6] }
 * ```
 */
export function compile<Args extends readonly unknown[], Result>(
  fn: (...args: Args) => Result,
  options: CompileOptions = {},
): CompiledFunction<Args, Result> {
  checkCompile(fn, options);
  const { device = 'cpu' } = options;
  const name = options.name ?? (fn.name || 'the function');
  const programs = new Map<string, Promise<Program>>();
  const inOrder = queue();
  const donated = new Set((options.donate ?? []).map(String));
  const counts = {
    calls: 0,
    traces: 0,
    traceMs: 0,
    sessionMs: 0,
    nodes: 0,
    modelBytes: 0,
    lastRunMs: 0,
    precision: 'float32' as 'float32' | 'bf16',
  };
  const traffic: Traffic[] = [];
  const bytes = (kind: keyof Traffic) => traffic.reduce((sum, each) => sum + each[kind], 0);
  let disposed = false;

  const build = async (args: readonly Tree<HostLeaf>[]): Promise<Program> => {
    const { binding, kernels, precision } = await chooseBinding(options);
    const start = performance.now();
    const traced = await backendTurn(() =>
      explained(name, args, fn.length, () => trace(fn as TensorFunction, args, name)),
    );
    const bf16 = precision === 'bf16';
    const elementwise = bf16 ? 'fast' : (options.kernels ?? 'exact');
    const kernelPasses = kernels ? { bf16, elementwise } : {};
    const graph = optimize(
      traced.graph,
      device === 'cpu' ? enginePasses(options.threads ?? usualThreads, kernelPasses) : gpuPasses(device),
    );
    const middle = performance.now();
    const program = await createProgram(
      binding,
      { ...traced, graph, shapes: traced.graph.outputs.map(({ shape }) => shape) },
      {
        device,
        threads: options.threads,
        profile: options.profile,
        customOps: kernels?.path,
        donated,
        resident: device !== 'cpu' && options.resident,
      },
    );
    counts.traces += 1;
    counts.traceMs += middle - start;
    counts.sessionMs += performance.now() - middle;
    counts.nodes = graph.nodes.length;
    counts.modelBytes = program.modelBytes;
    counts.precision = precision;
    if (program.traffic) traffic.push(program.traffic);
    return program;
  };

  const call = async (args: readonly Tree<HostLeaf>[]): Promise<Tree<NdArray>> => {
    if (disposed) throw new Error(`${name} must not be called after dispose(). Compile the function again.`);
    const strangers = [...donated].filter((place) => !(place in args));
    if (strangers.length > 0) {
      const rule = `places of arguments of ${name}, from 0 to ${args.length - 1}`;
      throw invalidField('donate', rule, strangers.join(', '), 'Leave out what is not an argument.');
    }
    const leaves = leavesOf(args, name);
    const signature = signatureOf(leaves);
    let program = programs.get(signature);
    if (program === undefined) {
      program = build(args);
      programs.set(signature, program);
      // A failed recording may succeed later, e.g. after an emitter was registered.
      program.catch(() => programs.delete(signature));
    }
    const ready = await program;
    const start = performance.now();
    const result = await ready.run(leaves);
    counts.lastRunMs = performance.now() - start;
    counts.calls += 1;
    return result;
  };

  const compiled = (...args: HostArguments<Args>) => {
    if (activeTrace() !== undefined) {
      return Promise.reject(
        invalidField(
          'a call of a compiled function',
          'outside of functions that are recorded',
          name,
          'Call the plain function there.',
        ),
      );
    }
    return inOrder(() => call(args as unknown as Tree<HostLeaf>[])) as Promise<HostResult<Result>>;
  };
  return Object.assign(compiled, {
    dispose: () =>
      inOrder(async () => {
        disposed = true;
        const ready = await Promise.allSettled(programs.values());
        programs.clear();
        await Promise.all(
          ready.map((each) => (each.status === 'fulfilled' ? each.value.release() : undefined)),
        );
      }),
    stats: () => ({ ...counts, sentBytes: bytes('sentBytes'), readBytes: bytes('readBytes') }),
  });
}
