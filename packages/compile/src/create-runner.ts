import { invalidField, listSome, nearestHint, requireRecord } from '@m3ae/errors';
import type { NdArray, Tree } from '@m3ae/tree';
import type { Tensor } from '@tensorflow/tfjs-core';
import { compile } from './compile.js';
import { eager } from './eager.js';
import { type EagerBackend, eagerBackends } from './eager-backends.js';
import type { CompileOptions } from './options.js';

/** A pure function made ready to run on plain arrays. */
export interface Program<Result> {
  /** Runs on trees of host arrays and numbers; so is the result. */
  run(...args: readonly unknown[]): Promise<Result>;
  /** Seconds spent so far on recording graphs and on preparing them, and how; null where the engine does neither. */
  preparation(): {
    readonly trace: number;
    readonly session: number;
    /** Of the matrix products, as they run. */
    readonly precision: 'float32' | 'bf16';
  } | null;
  /** Frees what the program holds; it cannot be run afterwards. */
  dispose(): Promise<void>;
}

/** Makes a {@link Program} of a pure function of trees of tensors. */
export type Runner = <Result>(
  /** Name in errors. */
  name: string,
  fn: (...args: never[]) => unknown,
  /** Places of arguments whose arrays the results may take over. */
  donate?: readonly number[],
) => Program<Result>;

/** Where a {@link createRunner} computes. What `compile` knows too is the compiled engine's, but for `resident`. */
export interface RunnerOptions extends Omit<CompileOptions, 'name' | 'donate'> {
  /** `compiled` (default) runs on ONNX Runtime; the others op by op, and need that backend of tfjs installed. */
  readonly engine?: 'compiled' | `eager:${EagerBackend}`;
  /** Whether results stay where the engine computes until they are read, as for `compile` and for `eager`. */
  readonly resident?: boolean;
  /** Told, in a line each and once, what is not as good as it could be on this machine. */
  readonly onNote?: (note: string) => void;
}

const engines = ['compiled', ...eagerBackends.map((backend) => `eager:${backend}`)];

/**
 * A way to run pure functions: one engine for training, validation and evaluation alike.
 *
 * @throws InvalidInput for an unknown engine, or no record of options; when a program is made, for another wrong option.
 *
 * @example
 * ```ts
 * const runner = createRunner({ threads: 2 });
 * const program = runner<NdArray>('double', (x: Tensor) => mul(x, 2));
 * await program.run({ shape: [1], data: Float32Array.of(3) }); // [6]
 * ```
 */
export function createRunner(given: RunnerOptions = {}): Runner {
  requireRecord('options', given, 'engine, threads, …', 'Write e.g. { threads: 2 }.');
  const { engine = 'compiled', onNote, ...options } = given;
  if (!engines.includes(engine))
    throw invalidField('engine', `one of ${listSome(engines)}`, engine, nearestHint(String(engine), engines));
  const told = new Set<string>();
  const tellOnce = (note: string) => {
    if (!told.has(note)) onNote?.(note);
    told.add(note);
  };
  return <Result>(name: string, fn: (...args: never[]) => unknown, donate: readonly number[] = []) => {
    const typed = fn as (...args: Tree<Tensor>[]) => Tree<Tensor>;
    if (engine === 'compiled') {
      const compiled = compile(typed, { ...options, onNote: tellOnce, name, donate });
      return {
        run: async (...args) => (await compiled(...(args as Tree<NdArray>[]))) as Result,
        preparation: () => ({
          trace: compiled.stats().traceMs / 1000,
          session: compiled.stats().sessionMs / 1000,
          precision: compiled.stats().precision,
        }),
        dispose: async () => void (await compiled.dispose()),
      };
    }
    const backend = engine.slice('eager:'.length) as EagerBackend;
    const interpreted = eager(typed, { backend, name, donate, resident: options.resident });
    return {
      run: async (...args) => (await interpreted(...(args as Tree<NdArray>[]))) as Result,
      preparation: () => null,
      dispose: () => interpreted.dispose(),
    };
  };
}
