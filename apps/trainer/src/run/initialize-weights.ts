import { isInvalidInput, sentencesOf, unusable } from '@m3ae/errors';
import { createTokenizer } from '@m3ae/preprocess';
import { fillTree, flattenTree, type NdArray, ndArray, type Tree } from '@m3ae/tree';
import { type ModelWeights, resizePositions } from '@m3ae/weights';
import { readWeightsFile } from '@m3ae/weights/files';
import type { M3aeConfig } from '@m3ae/transformer';
import { encoderPath } from './initialize.js';
import type { Prepared } from './prepare.js';

/** Settings of the arithmetic: with another value the same weights compute something else. */
const arithmetic = ['gelu', 'normEpsilon', 'useTypeEmbedding', 'inputNorm', 'heads', 'patchSize'] as const;

const isSet = (config: M3aeConfig, name: (typeof arithmetic)[number]) => config[name] ?? false;

/** @throws InvalidInput naming each setting under which the weights would compute something else. */
function checkArithmetic(model: M3aeConfig, { config }: ModelWeights, path: string): void {
  const faults = arithmetic
    .filter((name) => isSet(model, name) !== isSet(config, name))
    .map((name) => {
      const field = name === 'patchSize' ? 'image.patchSize' : `model.${name}`;
      const value = JSON.stringify(isSet(config, name));
      return `${field} must be ${value}, as in ${path}; received ${JSON.stringify(isSet(model, name))}. Set it so.`;
    });
  if ((model.learnedPositions === undefined) !== (config.learnedPositions === undefined)) {
    const [theirs, ours] = [config, model].map((one) => (one.learnedPositions ? 'learned' : 'fixed'));
    faults.push(`model.imagePositions must be "${theirs}", as in ${path}; received "${ours}". Set it so.`);
  }
  if (faults.length > 0) throw unusable(faults);
}

/** Rows of a table, or columns of a head, by the pieces that they stand for; a new piece keeps its fresh ones. */
function byPiece(found: NdArray, fresh: NdArray, places: readonly (number | undefined)[]): NdArray {
  const data = Float32Array.from(fresh.data);
  const [theirs, ours] = [found.shape.at(-1)!, fresh.shape.at(-1)!];
  const isTable = found.shape.length === 2 && fresh.shape[0] === places.length && theirs === ours;
  places.forEach((place, at) => {
    if (place === undefined) return;
    if (isTable) data.set((found.data as Float32Array).subarray(place * ours, (place + 1) * ours), at * ours);
    else
      for (let row = 0; row < data.length / ours; row++)
        data[row * ours + at] = found.data[row * theirs + place]!;
  });
  return ndArray(data, fresh.shape);
}

const textPath = /^(textEmbedding\.table|textHead\.output\.(kernel|bias))$/;

/**
 * Puts weights that others trained into fresh parameters: all that the model shares with them. Fixed positions are computed
 * anew, learned ones interpolated where the picture has another size; rows of the text table and columns of the text head
 * go by piece, and those of pieces that the weights do not know stay fresh.
 *
 * @param params - Fresh parameters of any method.
 * @throws InvalidInput if the weights cannot be read, or they do not fit the config: every fault at once.
 */
export function withWeights(
  { config, stepConfig, vocabulary }: Prepared,
  params: Tree<NdArray>,
): Tree<NdArray> {
  const { weights: path, ...hints } = config.initialize as { readonly weights: string };
  const weights = read(path, hints);
  checkArithmetic(stepConfig.model, weights, path);
  // A text tower whose word pieces are not ours is left out with all that belongs to it.
  const whole =
    weights.kind === config.method && (weights.kind !== 'clip' || weights.vocabulary !== undefined);
  const found = new Map(flattenTree<NdArray>(weights.params as Tree<NdArray>));
  const fresh = new Map(flattenTree<NdArray>(params));
  const pieces = weights.vocabulary ?? createTokenizer().vocabulary;
  const idOf = new Map(pieces.map((piece, id) => [piece, id]));
  const places = vocabulary.tokenizer.vocabulary.map((piece) => idOf.get(piece));
  const faults: string[] = [];
  for (const [name, own] of fresh) {
    const given = found.get(name);
    if (!whole && !encoderPath.test(name)) continue;
    if (given === undefined) {
      faults.push(
        `${name} must be in ${path}, shape [${own.shape}]; received nothing. Set the model as it is there.`,
      );
    } else if (textPath.test(name) && weights.config.vocabSize !== pieces.length) {
      faults.push(
        `${name} must be of known word pieces; received ${weights.config.vocabSize} that ${path} does not name. Train with pictures alone.`,
      );
    } else if (textPath.test(name)) fresh.set(name, byPiece(given, own, places));
    else if (name === 'positions') {
      fresh.set(
        name,
        resizePositions(given, weights.config.learnedPositions!, stepConfig.model.learnedPositions!),
      );
    } else if (given.shape.join() !== own.shape.join()) {
      faults.push(
        `${name} of ${path} must have shape [${own.shape}]; received [${given.shape}]. Set the model as it is there.`,
      );
    } else fresh.set(name, given);
  }
  if (faults.length > 0) throw unusable(faults);
  return fillTree<NdArray>(params, fresh);
}

function read(path: string, hints: object): ModelWeights {
  try {
    return readWeightsFile(path, hints);
  } catch (error) {
    if (isInvalidInput(error))
      throw unusable(sentencesOf(error), { head: 'initialize.weights', cause: error });
    throw error;
  }
}
