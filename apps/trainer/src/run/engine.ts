import { compile, eager } from '@m3ae/compile';
import type { NdArray, Tree } from '@m3ae/tree';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { TrainerConfig } from '../config/schema.js';

/** A pure function made ready to run on plain arrays. */
export interface Program<Result> {
  run(...args: readonly unknown[]): Promise<Result>;
  dispose(): Promise<void>;
}

/** Makes a {@link Program} of a pure function of trees of tensors. */
export type Engine = <Result>(
  name: string,
  fn: (...args: never[]) => unknown,
  /** Arguments whose memory the results may take over. */
  donate?: readonly number[],
) => Program<Result>;

/** The engine that a config asks for. */
export function engineOf({ train }: Pick<TrainerConfig, 'train'>): Engine {
  const { engine, device, threads } = train;
  return <Result>(name: string, fn: (...args: never[]) => unknown, donate: readonly number[] = []) => {
    const typed = fn as (...args: Tree<Tensor>[]) => Tree<Tensor>;
    if (engine === 'compiled') {
      const threaded = threads === undefined ? {} : { threads };
      const compiled = compile(typed, { name, device, donate: [...donate], ...threaded });
      return {
        run: async (...args) => (await compiled(...(args as Tree<NdArray>[]))) as Result,
        dispose: async () => void (await compiled.dispose()),
      };
    }
    const backend = engine.slice('eager:'.length) as 'cpu' | 'wasm' | 'tensorflow';
    const interpreted = eager(typed, { backend });
    return {
      run: async (...args) => (await interpreted(...(args as Tree<NdArray>[]))) as Result,
      dispose: async () => {}, // holds nothing between calls
    };
  };
}
