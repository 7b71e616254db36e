import { compile, eager } from '@m3ae/compile';
import type { NdArray, Tree } from '@m3ae/tree';
import type { Tensor } from '@tensorflow/tfjs-core';

/** A pure function made ready to run on plain arrays. */
export interface Program<Result> {
  /** Runs on trees of NdArrays and numbers. */
  run(...args: readonly unknown[]): Promise<Result>;
  /** Frees what the program holds; it cannot be run afterwards. */
  dispose(): Promise<void>;
}

/** Makes a {@link Program} of a pure function of trees of tensors. */
export type Runner = <Result>(name: string, fn: (...args: never[]) => unknown) => Program<Result>;

/** Where a {@link createRunner} computes. */
export interface RunnerOptions {
  /** `compiled` runs on ONNX Runtime; the others need that backend of tfjs installed. Default `compiled`. */
  readonly engine?: 'compiled' | 'eager:cpu' | 'eager:wasm' | 'eager:tensorflow';
  /** Threads of the compiled engine; by default one a core. */
  readonly threads?: number;
}

/**
 * The usual {@link Runner}: compiled by `@m3ae/compile`.
 *
 * @example
 * ```ts
 * const runner = createRunner({ threads: 2 });
 * ```
 */
export function createRunner({ engine = 'compiled', threads }: RunnerOptions = {}): Runner {
  return <Result>(name: string, fn: (...args: never[]) => unknown) => {
    const typed = fn as (...args: Tree<Tensor>[]) => Tree<Tensor>;
    if (engine === 'compiled') {
      const compiled = compile(typed, { name, ...(threads !== undefined && { threads }) });
      return {
        run: async (...args) => (await compiled(...(args as Tree<NdArray>[]))) as Result,
        dispose: async () => void (await compiled.dispose()),
      };
    }
    const interpreted = eager(typed, { backend: engine.slice('eager:'.length) as 'cpu' });
    return {
      run: async (...args) => (await interpreted(...(args as Tree<NdArray>[]))) as Result,
      dispose: async () => {}, // holds nothing between calls
    };
  };
}
