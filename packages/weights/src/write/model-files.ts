import type { ModelWeights } from '../model.js';
import { toHuggingFace } from './hugging-face.js';
import { toOfficialPickle } from './official.js';
import { toOnnxFiles } from './onnx.js';
import { toSafetensors, type WeightsDtype } from './safetensors.js';

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
