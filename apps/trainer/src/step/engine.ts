import { compile, eager } from '@m3ae/compile';
import type { NdArray, Tree } from '@m3ae/tree';
import type { Tensor } from '@tensorflow/tfjs-core';
import { InputError } from '../config/config-error.js';

/** What runs a pure function of tensors: a compiled graph, or a tfjs backend op by op. */
export const engines = ['compiled', 'eager:cpu', 'eager:wasm', 'eager:tensorflow'] as const;

/** One of {@link engines}. */
export type Engine = (typeof engines)[number];

/** @throws InputError if the name is not one of {@link engines}. */
export function parseEngine(name: string): Engine {
  const found = engines.find((engine) => engine === name);
  if (found) return found;
  throw new InputError([
    `--engine must be one of ${engines.join(', ')}; received ${name}. Leave it out for compiled.`,
  ]);
}

/** A pure function made ready by an engine. */
export interface Program<Result> {
  /** Runs it on trees of host arrays; so is the result. */
  run(...args: readonly unknown[]): Promise<Result>;
  /** Seconds spent so far on recording the graph and on preparing it; null where the engine has none. */
  preparation(): { readonly trace: number | null; readonly session: number | null };
  /** Frees what the engine holds. */
  dispose(): Promise<void>;
}

/** Makes a {@link Program} of a pure function of trees of tensors. */
export type Runner = <Result>(
  name: string,
  fn: (...args: never[]) => Tree<Tensor>,
  /** Arguments whose memory the results may take over. */
  donate?: readonly number[],
) => Program<Result>;

/** Makes a {@link Runner} for an engine. */
export function createRunner(engine: Engine, threads?: number): Runner {
  return <Result>(name: string, fn: (...args: never[]) => Tree<Tensor>, donate: readonly number[] = []) => {
    const typed = fn as unknown as (...args: Tree<Tensor>[]) => Tree<Tensor>;
    if (engine === 'compiled') {
      const compiled = compile(typed, { name, threads, donate: [...donate] });
      return {
        run: async (...args) => (await compiled(...(args as Tree<NdArray>[]))) as Result,
        preparation: () => ({
          trace: compiled.stats().traceMs / 1000,
          session: compiled.stats().sessionMs / 1000,
        }),
        dispose: async () => void (await compiled.dispose()),
      };
    }
    const backend = engine.slice('eager:'.length) as 'cpu' | 'wasm' | 'tensorflow';
    const interpreted = eager(typed, { backend, name });
    return {
      run: async (...args) => (await interpreted(...(args as Tree<NdArray>[]))) as Result,
      preparation: () => ({ trace: null, session: null }),
      dispose: () => Promise.resolve(), // tensors are freed after each call
    };
  };
}
