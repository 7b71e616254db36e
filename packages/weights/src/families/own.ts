import { matchTree } from '@m3ae/checkpoint';
import { invalidField } from '@m3ae/errors';
import {
  type ClipConfig,
  clipShapes,
  m3aeShapes,
  maeShapes,
  type ParameterShape,
  resolveClipConfig,
  resolveM3aeConfig,
  trunkShapes,
} from '@m3ae/transformer';
import { flattenTree, mapTree, type NdArray, type Tree } from '@m3ae/tree';
import { defined, type ModelWeights } from '../model.js';
import { type FileTensors, readAll } from '../tensors.js';
import { encodeArrays, type WeightsDtype } from '../write/encode-arrays.js';

/** What a file of ours says of the model in it. */
type Description = Pick<ModelWeights, 'kind' | 'config' | 'image' | 'step' | 'vocabulary' | 'bytePairs'>;

/**
 * A model that `toSafetensors` wrote.
 *
 * @param description - Its JSON, under `model` in the file's metadata.
 * @throws InvalidInput if it is damaged, or the tensors are not those of the model, all of them at once.
 */
export function ownModel(tensors: FileTensors, description: string, fileBytes: number): ModelWeights {
  const { kind, config: given, image, step, vocabulary, bytePairs } = parse(description);
  const config = configOf(kind, given);
  return {
    kind,
    config,
    params: matched(kind, config, readAll(tensors, fileBytes)),
    source: 'this project',
    image,
    notes: [],
    ...defined({ step, vocabulary, bytePairs }),
  } as unknown as ModelWeights; // kind, config and params were made for each other
}

/**
 * Arrays by our own names as the tree of a model.
 *
 * @throws InvalidInput listing each that is missing, extra, misshapen or not finite.
 */
export function matched(
  kind: ModelWeights['kind'],
  config: ModelWeights['config'],
  arrays: Readonly<Record<string, NdArray>>,
): Tree<NdArray> {
  const like = mapTree(shapesOf(kind, config), ({ shape }) => ({ shape, data: new Float32Array() }));
  return matchTree(like, arrays, { name: 'the file' });
}

function parse(description: string): Description {
  const remedy = 'Convert the model anew.';
  let value: Partial<Description>;
  try {
    value = JSON.parse(description) as Partial<Description>;
  } catch {
    throw invalidField('metadata.model', 'JSON', description.slice(0, 40), remedy);
  }
  const isKnown = ['m3ae', 'mae', 'encoder', 'clip'].includes(value?.kind ?? '');
  if (!isKnown) throw invalidField('metadata.model.kind', 'm3ae, mae, encoder or clip', value?.kind, remedy);
  const isList = (list: unknown) => Array.isArray(list) && list.every((item) => typeof item === 'number');
  if (!isList(value.image?.mean) || !isList(value.image?.std)) {
    throw invalidField('metadata.model.image', 'mean and std of each channel', value.image, remedy);
  }
  const { vocabulary, bytePairs } = value;
  const isText = (list: unknown) => Array.isArray(list) && list.every((item) => typeof item === 'string');
  const lists = {
    ...(vocabulary !== undefined && { vocabulary }),
    ...(bytePairs !== undefined && { pieces: bytePairs?.pieces, merges: bytePairs?.merges }),
  };
  for (const [name, list] of Object.entries(lists)) {
    if (!isText(list)) throw invalidField(`metadata.model: ${name}`, 'a list of pieces', list, remedy);
  }
  return value as Description;
}

function configOf(kind: ModelWeights['kind'], given: ModelWeights['config']): ModelWeights['config'] {
  if (kind !== 'clip') return resolveM3aeConfig(given);
  const { textTower, sharedDim, pooling, ...trunk } = (given ?? {}) as ClipConfig;
  return resolveClipConfig(trunk, { textTower, sharedDim, pooling });
}

function shapesOf(kind: ModelWeights['kind'], config: ModelWeights['config']): Tree<ParameterShape> {
  if (kind === 'clip') return clipShapes(config as ClipConfig);
  return kind === 'm3ae' ? m3aeShapes(config) : kind === 'mae' ? maeShapes(config) : trunkShapes(config);
}

/**
 * A model as one safetensors file under our own names, with what it is beside them, so that {@link readWeights} reads it
 * without further hints.
 *
 * @param dtype - Default `float32`, which loses no bit.
 * @throws InvalidInput if a parameter is beyond the range of `dtype`.
 */
export function toSafetensors(model: ModelWeights, dtype: WeightsDtype = 'float32'): Uint8Array {
  const { kind, config, image, step, vocabulary, bytePairs } = model;
  const description: Description = { kind, config, image, step, vocabulary, bytePairs };
  const metadata = { format: 'm3ae', model: JSON.stringify(description) };
  return encodeArrays(Object.fromEntries(flattenTree(model.params)), dtype, metadata);
}
