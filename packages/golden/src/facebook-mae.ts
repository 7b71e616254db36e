import type { Runner } from '@m3ae/compile';
import { type ImageTensors, mae } from '@m3ae/tasks';
import { lossGradients } from '@m3ae/training';
import {
  applyMae,
  fromFacebookNames,
  type MaeParams,
  positions2d,
  resolveM3aeConfig,
  toFacebookNames,
} from '@m3ae/transformer';
import type { NdArray, Tree } from '@m3ae/tree';
import type { Tensor } from '@tensorflow/tfjs-core';
import { maskRows, patchesOf, readParams, readPlan } from './case-inputs.js';
import { type Check, type Checker, createChecker, measureError } from './checker.js';
import {
  booleanField,
  numberField,
  numberFields,
  objectField,
  refuseOtherKeys,
  requireTensor,
  sizeKeys,
  toleranceOf,
} from './fields.js';
import type { GoldenCase } from './golden-case.js';

/** Checks a case of the original MAE: torch layouts, masks for each example, erf GELU, normalized targets. */
export async function verifyFacebookMae(golden: GoldenCase, runner: Runner): Promise<Check[]> {
  const { model, loss, params, batch, grid } = readFacebook(golden);
  const tolerance = toleranceOf(golden);
  const check = createChecker(golden, 'expected/');
  check.tensor('imageMask', () => maskRows(batch.imagePlan, batch.patches.shape[0]!), 'exact', 0);
  for (const name of ['pos_embed', 'decoder_pos_embed']) checkPositions(golden, name, check);

  const forward = runner<{ image: NdArray }>(
    'outputs',
    (weights: MaeParams<Tensor>, inputs: ImageTensors) => ({
      image: applyMae(weights, model, inputs, { predict: 'all' }).output.image,
    }),
  );
  const { image } = await forward.run(params, batch);
  await forward.dispose();
  check.tensor('imageOutput', () => image, 'output', tolerance('output'));

  const task = mae({ model, loss });
  const backward = runner<{ metrics: Record<string, NdArray>; gradients: MaeParams<NdArray> }>(
    'gradients',
    (weights: Tree<Tensor>, inputs: ImageTensors) => lossGradients(task, weights, inputs),
  );
  const { metrics, gradients } = await backward.run(params, batch);
  await backward.dispose();
  const { data } = metrics.loss!;
  const [shape, limit] = [golden.tensors.get('expected/loss')?.shape ?? [], tolerance('loss')];
  check.tensor('loss', () => ({ shape, data }), 'absolute', limit);
  if (golden.meta.loss !== undefined)
    check.number('loss (case.json)', data[0], numberField(golden.meta, 'loss'), 'absolute', limit);
  for (const [name, gradient] of Object.entries(toFacebookNames(gradients, model, grid))) {
    if (name.endsWith('pos_embed')) continue; // fixed codes: nothing learns there
    check.tensor(`gradient/${name}`, () => gradient, 'relative', tolerance('gradientRelative'));
  }
  return check.finish();
}

/** The file's fixed position codes must be the ones that our model computes: a zero row for CLS, then the grid. */
function checkPositions(golden: GoldenCase, name: string, check: Checker): void {
  const expected = golden.tensors.get(`params/${name}`);
  if (!expected) return;
  const [, tokens, dim] = expected.shape as [number, number, number];
  const side = Math.round(Math.sqrt(tokens - 1));
  const ours = new Float32Array(tokens * dim);
  ours.set(positions2d(side, side, dim), dim);
  check.number(`params/${name}`, measureError(ours, expected.data, 'absolute'), 0, 'absolute', 2e-6);
}

/** @throws BadCase if `case.json` or the tensors are not those of such a case. */
function readFacebook(golden: GoldenCase) {
  const meta = objectField(golden.meta, 'model');
  const keys = [...sizeKeys, 'patchSize'] as const;
  const others = ['imageSize', 'imageMaskRatio', 'normaliseTargetPixels', 'normEpsilon'];
  refuseOtherKeys(meta, 'model', [...keys, ...others]);
  const image = requireTensor(golden, 'input/image', 4);
  const model = resolveM3aeConfig({
    ...numberFields(meta, keys),
    normEpsilon: numberField(meta, 'normEpsilon', 1e-6),
    channels: image.shape[3],
    gelu: 'erf',
    useTypeEmbedding: false,
  });
  const patches = patchesOf(image, model.patchSize);
  return {
    model,
    grid: [image.shape[1]! / model.patchSize, image.shape[2]! / model.patchSize] as const,
    loss: { normalizeTargets: booleanField(meta, 'normaliseTargetPixels', false) },
    params: readParams(golden, (named) => fromFacebookNames(named, model)),
    batch: { patches, imagePlan: readPlan(golden, 'image/0', patches, numberField(meta, 'imageMaskRatio')) },
  };
}
