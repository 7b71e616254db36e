import type { NdArray, Tree } from '@m3ae/tree';
import { type HostArguments, type HostLeaf, type HostResult, leavesOf, signatureOf } from './arguments.js';
import { build } from './build.js';
import { invalidField } from '@m3ae/errors';
import { queue } from './lock.js';
import { checkCompile, type CompileOptions } from './options.js';
import type { Program, Traffic } from './run/session.js';
import { activeTrace } from './trace/backend.js';

/** What has happened so far in a compiled function. */
export interface CompileStats {
  /** Finished calls. */
  readonly calls: number;
  /** Recordings: one for each set of shapes whose graph is not in the cache. */
  readonly traces: number;
  /** Milliseconds spent recording, optimizing and encoding. */
  readonly traceMs: number;
  /** Milliseconds spent building sessions, and reading and writing the cache. */
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
 * flight at the same time run one after the other, or as many at a time as there are `sessions`. Results are arrays of the caller's; arguments are never changed,
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
  const name = options.name ?? (fn.name || 'the function');
  const programs = new Map<string, Promise<Program>>();
  const inOrder = queue(options.sessions);
  const running = new Set<Promise<unknown>>();
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
  let disposed: Promise<void> | undefined;

  const prepare = async (args: readonly Tree<HostLeaf>[], signature: string): Promise<Program> => {
    const { program, recorded, traceMs, sessionMs, ...rest } = await build(
      { fn, name, args, signature },
      options,
    );
    counts.traces += Number(recorded);
    counts.traceMs += traceMs;
    counts.sessionMs += sessionMs;
    Object.assign(counts, rest);
    if (program.traffic) traffic.push(program.traffic);
    return program;
  };

  const call = async (args: readonly Tree<HostLeaf>[]): Promise<Tree<NdArray>> => {
    const stranger = [...donated].find((place) => !(place in args));
    if (stranger !== undefined) {
      const rule = `places of arguments of ${name}, from 0 to ${args.length - 1}`;
      throw invalidField('donate', rule, Number(stranger), 'Leave out what is not an argument.');
    }
    const leaves = leavesOf(args, name);
    const signature = signatureOf(leaves);
    let program = programs.get(signature);
    if (program === undefined) {
      program = prepare(args, signature);
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

  const release = async () => {
    await Promise.allSettled(running);
    const ready = await Promise.allSettled(programs.values());
    await Promise.all(ready.map((each) => each.status === 'fulfilled' && each.value.release()));
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
    if (disposed) {
      return Promise.reject(
        new Error(`${name} must not be called after dispose(). Compile the function again.`),
      );
    }
    const result = inOrder(() => call(args as Tree<HostLeaf>[]));
    running.add(result);
    return result.finally(() => running.delete(result)) as Promise<HostResult<Result>>;
  };
  return Object.assign(compiled, {
    dispose: () => (disposed ??= release()),
    stats: () => ({ ...counts, sentBytes: bytes('sentBytes'), readBytes: bytes('readBytes') }),
  });
}
