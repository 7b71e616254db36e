import { planFromNoise } from '@m3ae/masking';
import { fromFacebookNames, type M3aeConfig, type MaeParams, resolveM3aeConfig } from '@m3ae/transformer';
import type { NdArray } from '@m3ae/tree';
import { BadCaseError } from '../bad-case.js';
import {
  booleanField,
  numberField,
  objectField,
  refuseOtherKeys,
  requireTensor,
  tensorsBelow,
} from '../fields.js';
import type { GoldenCase } from '../types.js';
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

/** Reads a case of the original MAE.
 *
 * @throws BadCaseError if `case.json` or the tensors are not those of such a case.
 */
export function readFacebook(golden: GoldenCase) {
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
    grid: [image.shape[1]! / model.patchSize, image.shape[2]! / model.patchSize] as const,
    loss: { normalizeTargets: booleanField(meta, 'normaliseTargetPixels', false) },
    params: readParams(golden, model),
    batch: { patches, imagePlan: plan },
    mask: maskRows(plan, batchSize),
  };
}

function readParams(golden: GoldenCase, model: M3aeConfig): MaeParams<NdArray> {
  const named = Object.fromEntries(
    Object.entries(tensorsBelow(golden, 'params/')).map(([name, tensor]) => [name, toNdArray(tensor)]),
  );
  try {
    return fromFacebookNames(named, model);
  } catch (error) {
    throw new BadCaseError(`params/… must be those of the model in case.json; ${(error as Error).message}`);
  }
}
