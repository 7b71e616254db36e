import { toOnnx } from '@m3ae/compile';
import { keepLength } from '@m3ae/masking';
import {
  applyM3ae,
  applyMae,
  type M3aeInputs,
  type M3aeParams,
  type MaeParams,
  patchDim,
  representClipImages,
  representClipText,
  representM3ae,
  representTrunk,
} from '@m3ae/transformer';
import { invalidField } from '@m3ae/errors';
import { mapTree, type NdArray, sizeOfShape, type Tree } from '@m3ae/tree';
import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import type { ModelWeights } from '../model.js';
import { toSafetensors } from '../families/own.js';
import type { WeightsDtype } from './encode-arrays.js';
import { toHuggingFace } from './hugging-face.js';
import { toOfficialPickle } from './official.js';

/** Forms in which a model is written for other programs. */
export const modelForms = ['safetensors', 'official', 'huggingface', 'onnx'] as const;

/** One of {@link modelForms}. */
export type ModelForm = (typeof modelForms)[number];

/** Forms that are a folder of files, and not one file. */
export const isFolderForm = (form: ModelForm): boolean => form === 'huggingface' || form === 'onnx';

/** Options of {@link modelFiles}. */
export interface ModelFilesOptions {
  readonly form: ModelForm;
  /** What the card of a Hugging Face folder calls the model. */
  readonly name: string;
  /** Of safetensors and of a Hugging Face folder; the others are float32 always. Default `float32`. */
  readonly dtype?: WeightsDtype;
}

/**
 * A model in a form for other programs. One that takes pictures of any size is written for those of 16 patches a side.
 *
 * @returns The pieces of each file, by its name in the folder; of a form that is one file, by the empty name.
 *
 * @example
 * ```ts
 * const files = await modelFiles(model, { form: 'onnx', name: 'mine' });
 * Object.keys(files); // ['image-encoder.onnx', 'autoencoder.onnx']
 * ```
 */
export async function modelFiles(
  model: ModelWeights,
  { form, name, dtype = 'float32' }: ModelFilesOptions,
): Promise<Readonly<Record<string, Iterable<Uint8Array>>>> {
  if (form === 'safetensors') return { '': [toSafetensors(model, dtype)] };
  if (form === 'official') return { '': toOfficialPickle(model) };
  const imageSize = model.image.size ?? 16 * model.config.patchSize;
  const files =
    form === 'onnx'
      ? await toOnnxFiles(model, { imageSize })
      : toHuggingFace(model, { name, dtype, imageSize });
  const bytes = (content: string | Uint8Array) =>
    typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return Object.fromEntries(Object.entries(files).map(([file, content]) => [file, [bytes(content)]]));
}

/** What a file of ONNX fixes and a model does not. */
export interface OnnxOptions {
  /** Side of the pictures in pixels, where the model does not fix it. */
  readonly imageSize?: number;
  /** Word pieces of a text. Default: 64, or the length of a CLIP's text tower. */
  readonly textLength?: number;
  /** Share of patches that the autoencoder's masks hide. Default 0.75. */
  readonly imageMaskRatio?: number;
  /** Share of word pieces that its masks hide. Default 0.75. */
  readonly textMaskRatio?: number;
}

type Shapes = Tree<{ readonly shape: readonly number[]; readonly dtype: 'float32' | 'int32' }>;
type Program = (inputs: M3aeInputs) => Tree<Tensor>;

/**
 * A model as files of ONNX with its parameters inside, of standard operators alone, for a batch of any size:
 * `image-encoder.onnx`; `text-encoder.onnx` and `pair-encoder.onnx` of a model with words; `autoencoder.onnx`, whose masks
 * are inputs, of a model with a decoder.
 *
 * Inputs are `patches` [batch, patches, patchDim], normalized and flattened (row, column, channel), `tokenIds` (int32) and
 * `paddingMask` (1 = padding) [batch, textLength], and the parts of a plan of `@m3ae/masking`, such as `imagePlan.idsKeep`.
 *
 * @returns The files by name.
 * @throws InvalidInput if the model does not fix its pictures' size and the options give none.
 */
export async function toOnnxFiles(
  model: ModelWeights,
  options: OnnxOptions = {},
): Promise<Readonly<Record<string, Uint8Array>>> {
  const files: [string, Uint8Array][] = [];
  for (const [name, { program, shapes }] of Object.entries(programsOf(model, options))) {
    const examples = [2, 3].map((batch) => [mapTree(shapes(batch), zeros)]);
    const exported = { name, standardOnly: true, otherBatch: examples[1]! };
    const example = examples[0] as never; // of the shapes that stand beside the program
    files.push([`${name}.onnx`, await toOnnx(program, example, exported)]);
  }
  return Object.fromEntries(files);
}

const zeros = ({ shape, dtype }: { shape: readonly number[]; dtype: string }): NdArray => {
  const size = sizeOfShape(shape);
  return { shape, data: dtype === 'int32' ? new Int32Array(size) : new Float32Array(size) };
};

function programsOf(model: ModelWeights, options: OnnxOptions) {
  const { config } = model;
  const size = options.imageSize ?? model.image.size;
  if (size === undefined || size % config.patchSize !== 0) {
    const remedy = 'Say for which side the files are meant.';
    throw invalidField('imageSize', `a multiple of ${config.patchSize}`, size, remedy);
  }
  const patches = (size / config.patchSize) ** 2;
  const length = options.textLength ?? (model.kind === 'clip' ? model.config.textTower.length : 64);
  const image = (batch: number) => ({ patches: leaf([batch, patches, patchDim(config)]) });
  const text = (batch: number) => ({
    tokenIds: leaf([batch, length], 'int32'),
    paddingMask: leaf([batch, length]),
  });
  // Made within the recording, so that the file holds them.
  const params = <Params>() => mapTree(model.params, ({ data, shape }) => tensor(data, [...shape])) as Params;
  const program = (run: Program, shapes: (batch: number) => Shapes) => ({ program: run, shapes });
  const imageEncoder = program(
    (inputs) => ({ tokens: representTrunk(params(), config, inputs).output }),
    image,
  );
  if (model.kind === 'clip') {
    const clip = model.config;
    return {
      'image-encoder': program(
        (inputs) => ({ embedding: representClipImages(params(), clip, inputs).output }),
        image,
      ),
      'text-encoder': program(({ tokenIds, paddingMask }) => {
        const texts = { tokenIds: tokenIds!, paddingMask: paddingMask! };
        return { embedding: representClipText(params(), clip, texts).output };
      }, text),
    };
  }
  if (model.kind === 'encoder') return { 'image-encoder': imageEncoder };
  const imagePlan = (batch: number) => ({ imagePlan: plan(batch, patches, options.imageMaskRatio ?? 0.75) });
  if (model.kind === 'mae') {
    const rebuild: Program = (inputs) => ({
      image: applyMae(params<MaeParams<Tensor>>(), config, inputs).output.image!,
    });
    return {
      'image-encoder': imageEncoder,
      autoencoder: program(rebuild, (batch) => ({ ...image(batch), ...imagePlan(batch) })),
    };
  }
  const represent: Program = (inputs) => ({
    tokens: representM3ae(params<M3aeParams<Tensor>>(), config, inputs).output,
  });
  const rebuild: Program = (inputs) => {
    const { output } = applyM3ae(params<M3aeParams<Tensor>>(), config, inputs);
    return { image: output.image!, text: output.text! };
  };
  const textPlan = (batch: number) => ({ textPlan: plan(batch, length, options.textMaskRatio ?? 0.75) });
  return {
    'image-encoder': imageEncoder,
    'text-encoder': program(represent, text),
    'pair-encoder': program(represent, (batch) => ({ ...image(batch), ...text(batch) })),
    autoencoder: program(rebuild, (batch) => ({
      ...image(batch),
      ...text(batch),
      ...imagePlan(batch),
      ...textPlan(batch),
    })),
  };
}

const leaf = (shape: readonly number[], dtype: 'float32' | 'int32' = 'float32') => ({ shape, dtype });

/** A plan with a mask for each example. */
function plan(batch: number, length: number, ratio: number) {
  const keep = keepLength(length, ratio);
  return {
    idsKeep: leaf([batch, keep], 'int32'),
    idsHidden: leaf([batch, length - keep], 'int32'),
    idsRestore: leaf([batch, length], 'int32'),
    mask: leaf([batch, length]),
  };
}
