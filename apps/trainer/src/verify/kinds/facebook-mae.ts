import { planArrays, planFromNoise } from '@m3ae/masking';
import {
  fromReferenceNames,
  positions2d,
  resolveM3aeConfig,
  squareGrid,
  toReferenceNames,
  applyMae,
  type MaeParams,
} from '@m3ae/transformer';
import { type NdArray, scalarArray, type Tree } from '@m3ae/tree';
import type { Tensor } from '@tensorflow/tfjs-core';
import { defaultLoss } from '../../step/defaults.js';
import { lossGradients } from '../../step/gradients.js';
import { lossFunction } from '../../step/loss-function.js';
import { requirePictures } from '../../step/require.js';
import type { StepBatch } from '../../step/types.js';
import { BadCaseError } from '../bad-case.js';
import { createChecker } from '../checker.js';
import type { Runner } from '../engine.js';
import {
  booleanField,
  numberField,
  objectField,
  refuseOtherKeys,
  requireTensor,
  tensorsBelow,
} from '../fields.js';
import { measureError } from '../measure.js';
import { toleranceOf } from '../tolerance.js';
import type { Check, Checker, GoldenCase } from '../types.js';
import { patchesOf, toNdArray } from './case-inputs.js';
import { maskRows } from './mask-rows.js';

const sizeKeys = [
  'embedDim',
  'depth',
  'heads',
  'decoderDim',
  'decoderDepth',
  'decoderHeads',
  'mlpRatio',
  'patchSize',
] as const;

/** Checks a case of the original MAE: torch layouts, masks for each example, erf GELU, normalised targets. */
export async function verifyFacebookMae(golden: GoldenCase, runner: Runner): Promise<Check[]> {
  const { model, loss, params, batch, mask } = readFacebook(golden);
  const tolerance = toleranceOf(golden);
  const check = createChecker(golden, 'expected/');
  check.tensor('imageMask', () => mask, 'exact', 0);
  for (const name of ['pos_embed', 'decoder_pos_embed'] as const) checkPositions(golden, name, check);

  const forward = runner<{ image: NdArray }>(
    'outputs',
    (weights: Tree<Tensor>, inputs: StepBatch<Tensor>) => {
      const { output } = applyMae(weights as MaeParams<Tensor>, model, requirePictures(inputs), {
        predict: 'all',
      });
      return { image: output.image };
    },
  );
  const { image } = await forward.run(params, batch);
  await forward.dispose();
  check.tensor('imageOutput', () => image, 'output', tolerance('output'));

  const objective = lossFunction('mae', model, loss);
  const backward = runner<{ metrics: Record<string, NdArray>; gradients: Tree<NdArray> }>(
    'gradients',
    (weights: Tree<Tensor>, inputs: StepBatch<Tensor>) =>
      lossGradients(objective, weights, inputs, 1) as never,
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
  for (const [name, gradient] of Object.entries(
    toReferenceNames(gradients as never, model, 'facebook-mae'),
  )) {
    check.tensor(`gradient/${name}`, () => gradient, 'relative', tolerance('gradientRelative'));
  }
  return check.finish();
}

function readFacebook(golden: GoldenCase) {
  const meta = objectField(golden.meta, 'model');
  refuseOtherKeys(meta, 'model', [
    ...sizeKeys,
    'imageSize',
    'imageMaskRatio',
    'normaliseTargetPixels',
    'normEpsilon',
  ]);
  const image = requireTensor(golden, 'input/image', 4);
  const model = resolveM3aeConfig({
    ...(Object.fromEntries(sizeKeys.map((name) => [name, numberField(meta, name)])) as Record<
      (typeof sizeKeys)[number],
      number
    >),
    normEpsilon: numberField(meta, 'normEpsilon', 1e-6),
    channels: image.shape[3],
    gelu: 'erf',
    useTypeEmbedding: false,
  });
  const patches = patchesOf(image, model.patchSize);
  const [batchSize, length] = patches.shape as [number, number];
  const noise = requireTensor(golden, 'noise/image/0', 1, 2);
  const rows = noise.shape.length === 1 ? 1 : noise.shape[0]!;
  if (noise.shape.at(-1) !== length || (rows !== 1 && rows !== batchSize)) {
    throw new BadCaseError(`noise/image/0 must be [${batchSize},${length}]; received [${noise.shape}].`);
  }
  const plan = planFromNoise(noise.data as Float32Array, rows, length, numberField(meta, 'imageMaskRatio'));
  return {
    model,
    loss: { ...defaultLoss, normalizeTargets: booleanField(meta, 'normaliseTargetPixels', false) },
    params: readParams(golden, model),
    batch: { patches, imagePlan: planArrays(plan), learningRate: scalarArray(0) } satisfies StepBatch,
    mask: maskRows(plan, batchSize),
  };
}

function readParams(golden: GoldenCase, model: ReturnType<typeof resolveM3aeConfig>): Tree<NdArray> {
  const named = Object.fromEntries(
    Object.entries(tensorsBelow(golden, 'params/')).map(([name, tensor]) => [name, toNdArray(tensor)]),
  );
  try {
    return fromReferenceNames(named, model, 'facebook-mae') as unknown as Tree<NdArray>;
  } catch (error) {
    throw new BadCaseError(`params/… must be those of the model in case.json; ${(error as Error).message}`);
  }
}

/** The file's fixed position codes must be the ones that our model computes: a zero row for CLS, then the grid. */
function checkPositions(golden: GoldenCase, name: 'pos_embed' | 'decoder_pos_embed', check: Checker): void {
  const expected = golden.tensors.get(`params/${name}`);
  if (!expected) return;
  const [, tokens, dim] = expected.shape as [number, number, number];
  const ours = new Float32Array(tokens * dim);
  ours.set(positions2d(...squareGrid(tokens - 1), dim), dim);
  check.number(`params/${name}`, measureError(ours, expected.data, 'absolute'), 0, 'absolute', 2e-6);
}
