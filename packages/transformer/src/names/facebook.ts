import { fillTree, flattenTree, floatsOf, type NdArray, ndArray, type Tree } from '@m3ae/tree';
import type { M3aeConfig } from '../config.js';
import { invalidField } from '@m3ae/errors';
import type { MaeParams, TrunkParams } from '../params.js';
import { positions2d } from '../positions.js';
import { maeShapes, type ParameterShape, trunkShapes } from '../shapes.js';
import { type NamedArrays, throwMisfits } from './reference.js';

const rules: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/^clsToken$/, 'cls_token'],
  [/^imageMaskToken$/, 'mask_token'],
  [/^imageEmbedding\./, 'patch_embed.proj.'],
  [/^encoder\.norm\./, 'norm.'],
  [/^decoder\.norm\./, 'decoder_norm.'],
  [/^encoder\.blocks\./, 'blocks.'],
  [/^decoder\.blocks\./, 'decoder_blocks.'],
  [/^decoderProjection\./, 'decoder_embed.'],
  [/^imageHead\.output\./, 'decoder_pred.'],
  [/\.attention\.qkv\./, '.attn.qkv.'],
  [/\.attention\.projection\./, '.attn.proj.'],
  [/\.mlp\.hidden\./, '.mlp.fc1.'],
  [/\.mlp\.output\./, '.mlp.fc2.'],
  [/\.(kernel|scale)$/, '.weight'],
];

/**
 * Parameters of an MAE, or of its encoder, under the names and in the layouts of facebookresearch/mae (PyTorch).
 *
 * Kernels become (out, in), the patch embedding a convolution [embedDim, channels, patchSize, patchSize]. The place codes
 * are added, fixed or learned, with a row of zeros for CLS.
 *
 * @param grid - Rows and columns of patches, for the place codes.
 * @throws RangeError if the config has type embeddings or deep heads, which that code does not know.
 */
export function toFacebookNames(
  params: MaeParams<NdArray> | TrunkParams<NdArray>,
  config: M3aeConfig,
  grid: readonly [rows: number, columns: number],
): Record<string, NdArray> {
  requireOriginal(config);
  const { positions, ...others } = params;
  const arrays = flattenTree<NdArray>(others).map(([path, leaf]) => {
    return [facebookName(path), path.endsWith('.kernel') ? exportKernel(path, leaf, config) : leaf] as const;
  });
  const table = (dim: number, learned?: NdArray) => {
    const values = new Float32Array((grid[0] * grid[1] + 1) * dim);
    values.set(learned?.data ?? positions2d(grid[0], grid[1], dim), dim);
    return ndArray(values, [1, grid[0] * grid[1] + 1, dim]);
  };
  return {
    ...Object.fromEntries(arrays),
    pos_embed: table(config.embedDim, positions),
    ...('decoder' in params && { decoder_pos_embed: table(config.decoderDim) }),
  };
}

/** What a file of an original MAE may hold: all of it, the encoder that its users keep, or the blocks alone. */
export type FacebookPart = 'mae' | 'encoder' | 'stack';

/** The parameters of a part. */
export type FacebookParams<Part extends FacebookPart> = Part extends 'stack'
  ? Pick<TrunkParams<NdArray>, 'encoder'>
  : Part extends 'encoder'
    ? TrunkParams<NdArray>
    : MaeParams<NdArray>;

/**
 * Builds MAE parameters from arrays under facebookresearch/mae's names; their fixed place codes are computed anew here.
 *
 * @param config - With `useTypeEmbedding: false` and, for equal results, `gelu: 'erf'`.
 * @param part - `mae` by default; `encoder` for a file without a decoder, `stack` for blocks and their last normalization.
 * @throws RangeError with one line for each array that is missing, extra, misshapen or not finite.
 */
export function fromFacebookNames<Part extends FacebookPart = 'mae'>(
  arrays: NamedArrays,
  config: M3aeConfig,
  part?: Part,
): FacebookParams<Part> {
  requireOriginal(config);
  const shapes: Tree<ParameterShape> = shapesOf(config, part);
  const { channels, patchSize, embedDim } = config;
  const expected = flattenTree(shapes).map(([path, { shape }]) => {
    const torchShape = path.endsWith('.kernel') ? [...shape].reverse() : shape;
    const isConvolution = path === 'imageEmbedding.kernel';
    return {
      path,
      name: facebookName(path),
      shape: isConvolution ? [embedDim, channels, patchSize, patchSize] : torchShape,
    };
  });
  const named = new Map(Object.entries(arrays));
  throwMisfits(named, expected, (name) => name === 'pos_embed' || name === 'decoder_pos_embed');
  const leaves = new Map(
    expected.map(({ path, name }) => {
      const leaf = named.get(name)!;
      return [path, path.endsWith('.kernel') ? importKernel(path, leaf, config) : leaf];
    }),
  );
  return fillTree(shapes, leaves) as FacebookParams<Part>;
}

function shapesOf(config: M3aeConfig, part: FacebookPart = 'mae'): Tree<ParameterShape> {
  if (part === 'mae') return maeShapes(config);
  const trunk = trunkShapes(config);
  return part === 'encoder' ? trunk : { encoder: trunk.encoder };
}

function facebookName(path: string): string {
  return rules.reduce((name, [pattern, replacement]) => name.replace(pattern, replacement), path);
}

function requireOriginal({ useTypeEmbedding, outputHeadDepth }: M3aeConfig): void {
  if (useTypeEmbedding) {
    throw invalidField('useTypeEmbedding', 'false', true, 'The original MAE has no type embeddings.');
  }
  if (outputHeadDepth !== 0) {
    throw invalidField('outputHeadDepth', '0', outputHeadDepth, 'The original MAE has one linear head.');
  }
}

/** A kernel [out, in], or a convolution [embedDim, channels, patchSize, patchSize], as ours: [in, out]. */
function importKernel(path: string, kernel: NdArray, { channels, patchSize }: M3aeConfig): NdArray {
  const outDim = kernel.shape[0]!;
  const data = floatsOf(kernel);
  const inDim = data.length / outDim;
  const rows = path === 'imageEmbedding.kernel' ? turned(data, channels, patchSize ** 2) : data;
  return ndArray(turned(rows, outDim, inDim), [inDim, outDim]);
}

/** The other way than {@link importKernel}. */
function exportKernel(path: string, kernel: NdArray, { channels, patchSize }: M3aeConfig): NdArray {
  const [inDim, outDim] = kernel.shape as [number, number];
  const rows = turned(floatsOf(kernel), inDim, outDim);
  if (path !== 'imageEmbedding.kernel') return ndArray(rows, [outDim, inDim]);
  return ndArray(turned(rows, patchSize ** 2, channels), [outDim, channels, patchSize, patchSize]);
}

/** Matrices [rows, columns] one after another, each transposed. */
function turned(data: Float32Array, rows: number, columns: number): Float32Array {
  const values = new Float32Array(data.length);
  const size = rows * columns;
  for (let start = 0; start < data.length; start += size) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) values[start + j * rows + i] = data[start + i * columns + j]!;
    }
  }
  return values;
}
