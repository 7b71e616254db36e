import { compile, eager } from '@m3ae/compile';
import type { NdArray, Tree } from '@m3ae/tree';
import type { Tensor } from '@tensorflow/tfjs-core';
import { BadCaseError } from './bad-case.js';

/** What runs a pure function of tensors: a compiled graph, or a tfjs backend op by op. */
export const engines = ['compiled', 'eager:cpu', 'eager:wasm', 'eager:tensorflow'] as const;

/** One of {@link engines}. */
export type Engine = (typeof engines)[number];

/** @throws BadCaseError if the name is not one of {@link engines}. */
export function parseEngine(name: string): Engine {
  const found = engines.find((engine) => engine === name);
  if (found) return found;
  throw new BadCaseError(
    `--engine must be one of ${engines.join(', ')}; received ${name}. Leave it out for compiled.`,
  );
}

/** Runs a pure function of trees of tensors once or more, and frees what it holds. */
export type Runner = <Result>(
  name: string,
  fn: (...args: never[]) => Tree<Tensor>,
) => { run(...args: readonly unknown[]): Promise<Result>; dispose(): Promise<void> };

/** Makes a {@link Runner} for an engine. Results are host arrays. */
export function createRunner(engine: Engine, threads?: number): Runner {
  return <Result>(name: string, fn: (...args: never[]) => Tree<Tensor>) => {
    const typed = fn as unknown as (...args: Tree<Tensor>[]) => Tree<Tensor>;
    const compiled =
      engine === 'compiled'
        ? compile(typed, { name, threads })
        : eager(typed, { backend: engine.slice('eager:'.length) as 'cpu' | 'wasm' | 'tensorflow' });
    return {
      run: async (...args) => (await compiled(...(args as Tree<NdArray>[]))) as Result,
      dispose: async () => void (await compiled.dispose()),
    };
  };
}
