import { ndArray, type NdArray } from '@m3ae/tree';
import type { Matrix } from '../matrix.js';
import type { Runner } from '@m3ae/compile';
import type { ReferenceProbeState } from './probe-state.js';
import { type ProbeStepOptions, referenceProbeScores } from './probe-step.js';

/** Scores of any number of rows. */
export interface BatchScores {
  /** [rows, features] -> [rows, classes] */
  of(state: ReferenceProbeState<NdArray>, features: Matrix): Promise<Matrix>;
  dispose(): Promise<void>;
}

/** Rows at once; of one size, so that parts of any length share one recording. */
const block = 1024;

/** Prepares the scores of the reference's probe; the last block is filled up with zeros that are left out again. */
export function batchScores(runner: Runner, options: Pick<ProbeStepOptions, 'epsilon'>): BatchScores {
  const program = runner<NdArray>('linear probe scores', referenceProbeScores(options));
  return {
    async of({ params, running }, { rows, columns, data }) {
      const classes = params.bias.shape[0]!;
      const scores = new Float32Array(rows * classes);
      for (let start = 0; start < rows; start += block) {
        const part = new Float32Array(block * columns);
        part.set(data.subarray(start * columns, (start + block) * columns));
        const found = await program.run({ params, running }, ndArray(part, [block, columns]));
        const wanted = Math.min(block, rows - start) * classes;
        scores.set((found.data as Float32Array).subarray(0, wanted), start * classes);
      }
      return { rows, columns: classes, data: scores };
    },
    dispose: () => program.dispose(),
  };
}
