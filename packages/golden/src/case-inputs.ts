import { type MaskPlan, planFromNoise } from '@m3ae/masking';
import { patchify } from '@m3ae/preprocess';
import type { M3aeBatch } from '@m3ae/tasks';
import { type NdArray, ndArray } from '@m3ae/tree';
import { badCase, reading, requireTensor } from './fields.js';
import type { CaseTensor, GoldenCase } from './golden-case.js';

/** Mask plans of the modalities that a case has. */
export interface Plans {
  readonly image?: MaskPlan;
  readonly text?: MaskPlan;
  readonly unpairedText?: MaskPlan;
}

/** The input arrays of a case, as far as it has them. */
export interface CaseInputs {
  readonly patches?: NdArray;
  readonly channels?: number;
  readonly tokenIds?: NdArray;
  readonly paddingMask?: NdArray;
  readonly unpairedTokenIds?: NdArray;
  readonly unpairedPaddingMask?: NdArray;
}

/** @throws BadCase if a case has neither pictures nor text, or half of the text. */
export function readInputs(golden: GoldenCase, patchSize: number): CaseInputs {
  const image = golden.tensors.get('input/image');
  const text = (ids: string, padding: string) =>
    golden.tensors.has(`input/${ids}`) && {
      [ids]: toNdArray(requireTensor(golden, `input/${ids}`, 2)),
      [padding]: toNdArray(requireTensor(golden, `input/${padding}`, 2)),
    };
  const inputs: CaseInputs = {
    ...(image && { patches: patchesOf(image, patchSize), channels: image.shape[3] }),
    ...(!image && golden.tensors.has('input/patches') && readPatches(golden, patchSize)),
    ...text('tokenIds', 'paddingMask'),
    ...text('unpairedTokenIds', 'unpairedPaddingMask'),
  };
  if (!inputs.patches && !inputs.tokenIds)
    throw badCase('input/image or input/tokenIds', 'in tensors.safetensors', 'neither');
  return inputs;
}

function readPatches(golden: GoldenCase, patchSize: number): Pick<CaseInputs, 'patches' | 'channels'> {
  const patches = toNdArray(requireTensor(golden, 'input/patches', 3));
  return { patches, channels: patches.shape[2]! / patchSize ** 2 };
}

/** image: [batch, height, width, channels] -> [batch, patches, patchDim] */
export function patchesOf({ shape, data: pixels }: CaseTensor, patchSize: number): NdArray {
  const [batch, height, width, channels] = shape as [number, number, number, number];
  const size = height * width * channels;
  const patchDim = patchSize * patchSize * channels;
  const data = new Float32Array(batch * size);
  for (let example = 0; example < batch; example++) {
    const picture = Float32Array.from(pixels.subarray(example * size, (example + 1) * size));
    data.set(patchify(picture, { height, width, channels, patchSize }), example * size);
  }
  return ndArray(data, [batch, size / patchDim, patchDim]);
}

/**
 * The mask plan that a case's noise gives: `noise/image/0` is [length] for the whole batch or [batch, length].
 *
 * @param input - What is hidden: [batch, length, …].
 * @throws BadCase if there is no such noise, or of another shape.
 */
export function readPlan(golden: GoldenCase, name: string, input: NdArray, maskRatio: number): MaskPlan {
  const [batch, length] = input.shape as [number, number];
  const { shape, data } = requireTensor(golden, `noise/${name}`, 1, 2);
  const rows = shape.length === 1 ? 1 : shape[0]!;
  if (shape.at(-1) !== length || (rows !== 1 && rows !== batch))
    throw badCase(`noise/${name}`, `[${length}] or [${batch},${length}]`, `[${shape}]`);
  return planFromNoise(Float32Array.from(data), rows, length, maskRatio);
}

/** The mask of every example; one shared by the batch stands for all: [batch, length]. */
export function maskRows({ mask }: MaskPlan, batch: number): NdArray {
  const [rows, length] = mask.shape as [number, number];
  const data = new Float32Array(batch * length);
  for (let copy = 0; copy < batch / rows; copy++) data.set(mask.data, copy * mask.data.length);
  return ndArray(data, [batch, length]);
}

/**
 * The parameters of a case as our tree.
 *
 * @param from - Takes them by the names that the case uses.
 * @throws BadCase if they are not those of the model.
 */
export function readParams<Params>(
  golden: GoldenCase,
  from: (named: Record<string, NdArray>) => Params,
): Params {
  const prefix = 'params/';
  const named = [...golden.tensors].flatMap(([name, tensor]) =>
    name.startsWith(prefix) ? [[name.slice(prefix.length), toNdArray(tensor)] as const] : [],
  );
  return reading('params/…', () => from(Object.fromEntries(named)));
}

/** Joins inputs and plans to what a step takes. */
export function toBatch(inputs: CaseInputs, plans: Plans): M3aeBatch {
  const { patches, tokenIds, paddingMask, unpairedTokenIds, unpairedPaddingMask } = inputs;
  return {
    ...(patches && plans.image && { patches, imagePlan: plans.image }),
    ...(tokenIds && plans.text && { tokenIds, paddingMask, textPlan: plans.text }),
    ...(unpairedTokenIds &&
      plans.unpairedText && {
        unpairedText: {
          tokenIds: unpairedTokenIds,
          paddingMask: unpairedPaddingMask!,
          textPlan: plans.unpairedText,
        },
      }),
  };
}

/** As a host array; uint32 becomes int32. */
export function toNdArray({ data, shape }: CaseTensor): NdArray {
  return ndArray(data instanceof Uint32Array ? Int32Array.from(data) : data, shape);
}
