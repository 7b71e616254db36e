import { applyMae, type MaeParams, positions2d, toFacebookNames } from '@m3ae/transformer';
import type { NdArray, Tree } from '@m3ae/tree';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Runner } from '@m3ae/compile';
import { type ImageTensors, mae } from '@m3ae/tasks';
import { lossGradients } from '@m3ae/training';
import { createChecker } from '../checker.js';
import { numberField } from '../fields.js';
import { measureError } from '../measure.js';
import { toleranceOf } from '../tolerance.js';
import type { Check, Checker, GoldenCase } from '../types.js';
import { readFacebook } from './facebook-setup.js';

/** Checks a case of the original MAE: torch layouts, masks for each example, erf GELU, normalised targets. */
export async function verifyFacebookMae(golden: GoldenCase, runner: Runner): Promise<Check[]> {
  const { model, loss, params, batch, mask, grid } = readFacebook(golden);
  const tolerance = toleranceOf(golden);
  const check = createChecker(golden, 'expected/');
  check.tensor('imageMask', () => mask, 'exact', 0);
  for (const name of ['pos_embed', 'decoder_pos_embed'] as const) checkPositions(golden, name, check);

  const forward = runner<{ image: NdArray }>('outputs', (weights: Tree<Tensor>, inputs: ImageTensors) => {
    const { output } = applyMae(weights as MaeParams<Tensor>, model, inputs, {
      predict: 'all',
    });
    return { image: output.image! };
  });
  const { image } = await forward.run(params, batch);
  await forward.dispose();
  check.tensor('imageOutput', () => image, 'output', tolerance('output'));

  const task = mae({ model, loss });
  const backward = runner<{ metrics: Record<string, NdArray>; gradients: Tree<NdArray> }>(
    'gradients',
    (weights: Tree<Tensor>, inputs: ImageTensors) => lossGradients(task, weights, inputs),
  );
  const { metrics, gradients } = await backward.run(params, batch);
  await backward.dispose();
  const value = metrics.loss!;
  check.tensor(
    'loss',
    () => ({ shape: golden.tensors.get('expected/loss')!.shape, data: value.data }),
    'absolute',
    tolerance('loss'),
  );
  if (golden.meta.loss !== undefined) {
    check.number(
      'loss (case.json)',
      value.data[0],
      numberField(golden.meta, 'loss'),
      'absolute',
      tolerance('loss'),
    );
  }
  const named = toFacebookNames(gradients as MaeParams<NdArray>, model, grid);
  for (const [name, gradient] of Object.entries(named)) {
    if (name.endsWith('pos_embed')) continue; // fixed codes: nothing learns there
    check.tensor(`gradient/${name}`, () => gradient, 'relative', tolerance('gradientRelative'));
  }
  return check.finish();
}

/** The file's fixed position codes must be the ones that our model computes: a zero row for CLS, then the grid. */
function checkPositions(golden: GoldenCase, name: 'pos_embed' | 'decoder_pos_embed', check: Checker): void {
  const expected = golden.tensors.get(`params/${name}`);
  if (!expected) return;
  const [, tokens, dim] = expected.shape as [number, number, number];
  const side = Math.round(Math.sqrt(tokens - 1));
  const ours = new Float32Array(tokens * dim);
  ours.set(positions2d(side, side, dim), dim);
  check.number(`params/${name}`, measureError(ours, expected.data, 'absolute'), 0, 'absolute', 2e-6);
}
