import { type MaskPlan } from '@m3ae/masking';
import { patchify } from '@m3ae/preprocess';
import { type NdArray, ndArray } from '@m3ae/tree';
import type { M3aeBatch } from '@m3ae/tasks';
import { BadCaseError } from '../bad-case.js';
import { requireTensor } from '../fields.js';
import type { CaseTensor, GoldenCase } from '../types.js';

/** Mask plans of the parts that a case has. */
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

/** @throws BadCaseError if a case has neither pictures nor text, or half of the text. */
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
  if (!inputs.patches && !inputs.tokenIds) {
    throw new BadCaseError('tensors.safetensors must hold input/image or input/tokenIds; it has neither.');
  }
  return inputs;
}

function readPatches(golden: GoldenCase, patchSize: number): Pick<CaseInputs, 'patches' | 'channels'> {
  const patches = toNdArray(requireTensor(golden, 'input/patches', 3));
  return { patches, channels: patches.shape[2]! / patchSize ** 2 };
}

/** image: [batch, height, width, channels] -> [batch, patches, patchDim] */
export function patchesOf(image: CaseTensor, patchSize: number): NdArray {
  const [batch, height, width, channels] = image.shape as [number, number, number, number];
  const size = height * width * channels;
  const pixels = image.data as Float32Array;
  const rows = Array.from({ length: batch }, (_, i) =>
    patchify(pixels.subarray(i * size, (i + 1) * size), { height, width, channels, patchSize }),
  );
  const patchDim = patchSize * patchSize * channels;
  const data = new Float32Array(batch * size);
  rows.forEach((row, i) => data.set(row, i * size));
  return ndArray(data, [batch, size / patchDim, patchDim]);
}

/** Joins inputs and plans to what a step takes. */
export function toBatch(inputs: CaseInputs, plans: Plans): M3aeBatch {
  return {
    ...(inputs.patches && plans.image && { patches: inputs.patches, imagePlan: plans.image }),
    ...(inputs.tokenIds &&
      plans.text && {
        tokenIds: inputs.tokenIds,
        paddingMask: inputs.paddingMask,
        textPlan: plans.text,
      }),
    ...(inputs.unpairedTokenIds &&
      plans.unpairedText && {
        unpairedText: {
          tokenIds: inputs.unpairedTokenIds,
          paddingMask: inputs.unpairedPaddingMask!,
          textPlan: plans.unpairedText,
        },
      }),
  };
}

/** As a host array; uint32 becomes int32. */
export function toNdArray({ data, shape }: CaseTensor): NdArray {
  return ndArray(data instanceof Uint32Array ? Int32Array.from(data) : data, shape);
}
