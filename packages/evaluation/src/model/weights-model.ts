import { digestTrees } from '@m3ae/checkpoint/files';
import { createTokenizerOf, type TokenizerSpec } from '@m3ae/datasets';
import { createTokenizer } from '@m3ae/preprocess';
import { trunkConfig } from '@m3ae/transformer';
import { type ModelWeights, resizePositions } from '@m3ae/weights';
import type { ModelOfKind, OpenedModel } from './opened-model.js';

/** The model for pictures of a size: learned positions interpolated where the weights have them for another. */
function fitted<Model extends ModelOfKind>(model: Model, side: number): Model {
  const { config, params } = model;
  const { learnedPositions: grid } = config;
  const { positions } = params; // of models with learned ones
  if (grid === undefined || positions === undefined || (grid[0] === side && grid[1] === side)) return model;
  return {
    ...model,
    config: { ...config, learnedPositions: [side, side] },
    params: { ...params, positions: resizePositions(positions, grid, [side, side]) },
  };
}

/** Why words cannot be read by a model that has a place for them; nothing where they can. */
function wordless({ kind, config, vocabulary, bytePairs }: ModelWeights): string | undefined {
  if (kind === 'clip' && vocabulary === undefined && bytePairs === undefined)
    return 'no tokenizer lies in its folder. Name one, e.g. --set text.vocabulary=bpe_simple_vocab_16e6.txt.gz, or the option tokenizer of readWeightsFile';
  const size = vocabulary?.length ?? createTokenizer().vocabSize;
  if (kind === 'm3ae' && config.vocabSize !== size)
    return `its ${config.vocabSize} word pieces are not known. Choose another model`;
  return undefined;
}

/** What reads texts for a model, as far as it is known. */
function tokenizerOfWeights({ vocabulary: pieces, bytePairs }: ModelWeights): TokenizerSpec {
  if (bytePairs) return bytePairs;
  return pieces === undefined ? 'bert' : { fullSize: pieces.length, ids: [...pieces.keys()], pieces };
}

/**
 * A model that others trained, as evaluations take it: what `readWeightsFile` of `@m3ae/weights/files` reads.
 *
 * @param options - `name` for messages; `size`, the side of its pictures in pixels, by default that of the weights, or 16
 * patches; `maxLength`, the longest text in tokens, by default that of a CLIP's text tower, or 64.
 *
 * @example
 * ```ts
 * const model = openWeightsModel(readWeightsFile('vit'), { name: 'vit' });
 * const encoder = createExampleEncoder(model, { runner: createRunner() });
 * ```
 */
export function openWeightsModel(
  weights: ModelWeights,
  options: { readonly name: string; readonly size?: number; readonly maxLength?: number },
): OpenedModel {
  const { image, ...given } = weights;
  const { kind } = given;
  const { patchSize } = given.config;
  const { name, size = image.size ?? 16 * patchSize } = options;
  const model = fitted<ModelOfKind>(given, size / patchSize);
  const reason = wordless(weights);
  const tokenizer = tokenizerOfWeights(weights);
  const { maxLength = given.kind === 'clip' ? given.config.textTower.length : 64 } = options;
  const reads = (kind === 'm3ae' || kind === 'clip') && reason === undefined;
  return {
    ...model,
    name,
    weights: digestTrees({ model: model.params }), // parameters are trees of arrays
    image: { size, patchSize, mean: image.mean, std: image.std, normalizeTargets: false },
    ...(reads && { text: { maxLength, tokenizer, words: createTokenizerOf(tokenizer) } }),
    ...(reason !== undefined && { wordless: reason }),
  };
}

/**
 * The other way: the weights of a model as `@m3ae/weights` writes them. Of a supervised one they are its encoder.
 *
 * @param step - Updates done, where they are known.
 *
 * @example
 * ```ts
 * const bytes = toSafetensors(weightsOfModel(model));
 * ```
 */
export function weightsOfModel(model: OpenedModel, step?: number): ModelWeights {
  const { name: _name, weights: _weights, wordless: _wordless, patchesOf: _patches, ...rest } = model;
  const { image, text, ...given } = rest;
  const origin = {
    source: 'this project',
    image: { size: image.size, mean: image.mean, std: image.std },
    notes: [],
    ...(step !== undefined && { step }),
    ...(typeof text?.tokenizer === 'object' && { vocabulary: text.words.vocabulary }),
  };
  if (given.kind !== 'supervised') return { ...given, ...origin };
  const { classifier: _classifier, ...params } = given.params;
  const notes = ['The classifier on top was left out.'];
  return { ...origin, kind: 'encoder', config: trunkConfig(given.config), params, notes };
}
