import { fillTree, flattenTree, type NdArray, type Tree } from '@m3ae/tree';
import { faultOf, throwFaults } from '@m3ae/errors';
import type { M3aeConfig } from '../config.js';
import type { M3aeParams, MaeParams } from '../params.js';
import { m3aeShapes, maeShapes, type ParameterShape } from '../shapes.js';

/** Which of the two models a name or rule belongs to. */
export type ModelKind = 'm3ae' | 'mae';

/** The parameters of a model on the host. */
export type ReferenceParams<Kind extends ModelKind> = Kind extends 'mae'
  ? MaeParams<NdArray>
  : M3aeParams<NdArray>;

const roots: Readonly<Record<string, string>> = {
  clsToken: 'cls_token',
  imageMaskToken: 'image_mask_embedding',
  textMaskToken: 'text_mask_embedding',
  'types.encoderImage': 'encoder_image_type_embedding',
  'types.encoderText': 'encoder_text_type_embedding',
  'types.decoderImage': 'decoder_image_type_embedding',
  'types.decoderText': 'decoder_text_type_embedding',
  'textEmbedding.table': 'text_embedding/embedding',
};

/** Applied in turn; each changes at most one place of a path. */
const rules: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/^imageEmbedding\./, 'image_embedding.'],
  [/^decoderProjection\./, 'decoder_input_projection.'],
  [/^(en|de)coder\.norm\./, '$1coder.LayerNorm_0.'],
  [/\.blocks\.(\d+)\./, '.Block_$1.'],
  [/\.norm1\./, '.LayerNorm_0.'],
  [/\.norm2\./, '.LayerNorm_1.'],
  [/\.attention\.qkv\./, '.Attention_0.Dense_0.'],
  [/\.attention\.projection\./, '.Attention_0.Dense_1.'],
  [/\.mlp\.hidden\./, '.TransformerMLP_0.fc1.'],
  [/\.mlp\.output\./, '.TransformerMLP_0.fc2.'],
  [/^(image|text)Head\.norm\./, 'decoder_$1_output.LayerNorm_0.'],
  [/^(image|text)Head\.layers\.(\d+)\.dense\./, 'decoder_$1_output.Dense_$2.'],
];

/**
 * The reference's name of one of our parameters.
 *
 * @param path - Such as `encoder.blocks.0.attention.qkv.kernel`.
 * @param outputHeadDepth - Of the config; it numbers the last map of a head.
 * @returns Such as `encoder/Block_0/Attention_0/Dense_0/kernel`, without the root `params`. A path that is not the
 * model's comes back with its dots as slashes.
 */
export function referenceName(path: string, outputHeadDepth = 0): string {
  const root = roots[path];
  if (root !== undefined) return root;
  const renamed = rules.reduce((name, [pattern, replacement]) => name.replace(pattern, replacement), path);
  return renamed
    .replace(/^(image|text)Head\.output\./, `decoder_$1_output.Dense_${outputHeadDepth}.`)
    .replace(/^(image|text)Head\.layers\.(\d+)\.norm\./, (_, head: string, layer: string) => {
      return `decoder_${head}_output.LayerNorm_${Number(layer) + 1}.`;
    })
    .replaceAll('.', '/');
}

/**
 * Parameters under the names of the M3AE authors' code (flax); kernels are (in, out) in both.
 *
 * @example
 * ```ts
 * toReferenceNames(initM3ae(key(0), config))['text_embedding/embedding']!.shape; // [vocabSize, embedDim]
 * ```
 */
export function toReferenceNames(params: Tree<NdArray>): Record<string, NdArray> {
  const leaves = flattenTree(params);
  const depths = leaves.map(([path]) => /^imageHead\.layers\.(\d+)\./.exec(path)?.[1] ?? '-1');
  const depth = Math.max(...depths.map(Number)) + 1;
  return Object.fromEntries(leaves.map(([path, leaf]) => [referenceName(path, depth), leaf]));
}

/**
 * Builds the parameter tree from arrays under the reference's names.
 *
 * @param arrays - With or without a leading `params/`.
 * @param model - `m3ae` by default; `mae` leaves the textual arrays of an M3AE checkpoint aside, as the reference's linear probe does.
 * @throws RangeError with one line for each missing, extra or misshapen array.
 */
export function fromReferenceNames<Kind extends ModelKind = 'm3ae'>(
  arrays: NamedArrays,
  config: M3aeConfig,
  model?: Kind,
): ReferenceParams<Kind> {
  const shapes: Tree<ParameterShape> = model === 'mae' ? maeShapes(config) : m3aeShapes(config);
  const named = new Map(
    Object.entries(arrays).map(([name, array]) => [name.replace(/^params\//, ''), array]),
  );
  const expected = flattenTree(shapes).map(([path, { shape }]) => {
    return { path, name: referenceName(path, config.outputHeadDepth), shape };
  });
  throwMisfits(named, expected, (name) => model === 'mae' && /(^|_)text(_|$)/.test(name.split('/')[0]!));
  const leaves = new Map(expected.map(({ path, name }) => [path, named.get(name)!]));
  return fillTree(shapes, leaves) as ReferenceParams<Kind>;
}

/** Arrays of a checkpoint by name. */
export type NamedArrays = Readonly<Record<string, NdArray>>;

/**
 * Compares a checkpoint's arrays with those of a model.
 *
 * @param expected - Those that the model needs.
 * @param ignored - Names that may be there without a use.
 * @throws RangeError with one line for each array that is missing, extra, misshapen or not finite.
 */
export function throwMisfits(
  arrays: ReadonlyMap<string, NdArray>,
  expected: readonly { readonly name: string; readonly shape: readonly number[] }[],
  ignored: (name: string) => boolean,
): void {
  const remedy = 'Check the config.';
  const known = new Set(expected.map(({ name }) => name));
  const missing = expected
    .filter(({ name }) => !arrays.has(name))
    .map(({ name, shape }) => faultOf(name, `there with shape [${shape}]`, undefined, remedy));
  const misshapen = expected
    .filter(({ name, shape }) => arrays.has(name) && arrays.get(name)!.shape.join() !== shape.join())
    .map(({ name, shape }) => faultOf(name, `of shape [${shape}]`, `[${arrays.get(name)!.shape}]`, remedy));
  const extra = [...arrays.keys()]
    .filter((name) => !known.has(name) && !ignored(name))
    .map((name) => faultOf(name, 'a parameter of the model', 'an array without a use', remedy));
  const infinite = expected
    .filter(({ name }) => arrays.has(name) && !arrays.get(name)!.data.every(Number.isFinite))
    .map(({ name }) => faultOf(name, 'finite', 'NaN or infinity', 'Take an earlier checkpoint.'));
  throwFaults([...missing, ...misshapen, ...extra, ...infinite]);
}
