import { type Fault, faultOf, throwFaults } from '@m3ae/errors';
import { createTokenizer } from '@m3ae/preprocess';
import type { M3aeConfig } from '@m3ae/transformer';
import { fillTree, flattenTree, type NdArray, ndArray, type Tree } from '@m3ae/tree';
import type { ModelWeights } from './model.js';
import { resizePositions } from './positions.js';
import { encoderPath, type Taken } from './take-encoder.js';

/** Settings of the arithmetic: with another value the same weights compute something else. */
const arithmetic = ['gelu', 'normEpsilon', 'useTypeEmbedding', 'inputNorm', 'heads', 'patchSize'] as const;

const isSet = (config: M3aeConfig, name: (typeof arithmetic)[number]) => config[name] ?? false;

/** @throws InvalidInput naming each setting under which the weights would compute something else. */
function checkArithmetic(
  model: M3aeConfig,
  { config }: ModelWeights,
  { name: file, settingName = (name) => name }: Taken,
): void {
  const asIn = (name: string, theirs: unknown, ours: unknown) =>
    theirs !== ours && {
      path: settingName(name),
      rule: `${JSON.stringify(theirs)}, as in ${file}`,
      received: JSON.stringify(ours),
      remedy: 'Set it so.',
    };
  const positions = ({ learnedPositions }: M3aeConfig) => (learnedPositions ? 'learned' : 'fixed');
  throwFaults([
    ...arithmetic.map((name) => asIn(name, isSet(config, name), isSet(model, name))),
    asIn('imagePositions', positions(config), positions(model)),
  ]);
}

/** Rows of a table, or columns of a head, by the pieces that they stand for; a new piece keeps its fresh ones. */
function byPiece(found: NdArray, fresh: NdArray, places: readonly (number | undefined)[]): NdArray {
  const data = Float32Array.from(fresh.data);
  const [theirs, ours] = [found.shape.at(-1)!, fresh.shape.at(-1)!];
  const isTable = found.shape.length === 2 && fresh.shape[0] === places.length && theirs === ours;
  places.forEach((place, at) => {
    if (place === undefined) return;
    if (isTable) data.set(found.data.subarray(place * ours, (place + 1) * ours), at * ours);
    else
      for (let row = 0; row < data.length / ours; row++)
        data[row * ours + at] = found.data[row * theirs + place]!;
  });
  return ndArray(data, fresh.shape);
}

const textPath = /^(textEmbedding\.table|textHead\.output\.(kernel|bias))$/;

/** The model that shall begin with weights. */
export interface WeightsTaker extends Taken {
  /** What it is: all of the weights are taken by a model of their own kind, else their encoder. */
  readonly kind: ModelWeights['kind'] | 'supervised';
  readonly model: M3aeConfig;
  /** Its word pieces by id. */
  readonly pieces: readonly string[];
}

/**
 * Puts weights that others trained into fresh parameters: all that the model shares with them. Fixed positions are computed
 * anew, learned ones interpolated where the picture has another size; rows of the text table and columns of the text head
 * go by piece, and those of pieces that the weights do not know stay fresh.
 *
 * @param params - Fresh parameters of any model.
 * @throws InvalidInput if the weights do not fit the model: every fault at once.
 */
export function takeWeights(
  params: Tree<NdArray>,
  weights: ModelWeights,
  taker: WeightsTaker,
): Tree<NdArray> {
  const { kind, model, name: file } = taker;
  checkArithmetic(model, weights, taker);
  // A text tower whose word pieces are not ours is left out with all that belongs to it.
  const whole = weights.kind === kind && (weights.kind !== 'clip' || weights.vocabulary !== undefined);
  const found = new Map(flattenTree<NdArray>(weights.params));
  const fresh = new Map(flattenTree<NdArray>(params));
  const pieces = weights.vocabulary ?? createTokenizer().vocabulary;
  const idOf = new Map(pieces.map((piece, id) => [piece, id]));
  const places = taker.pieces.map((piece) => idOf.get(piece));
  const { vocabSize, learnedPositions } = weights.config;
  const faults: Fault[] = [];
  for (const [name, own] of fresh) {
    const given = found.get(name);
    if (!whole && !encoderPath.test(name)) continue;
    if (given === undefined) {
      faults.push(
        faultOf(name, `in ${file}, shape [${own.shape}]`, undefined, 'Set the model as it is there.'),
      );
    } else if (textPath.test(name) && vocabSize !== pieces.length) {
      const received = `${vocabSize} that ${file} does not name`;
      faults.push(faultOf(name, 'of known word pieces', received, 'Train with pictures alone.'));
    } else if (textPath.test(name)) fresh.set(name, byPiece(given, own, places));
    else if (name === 'positions') {
      fresh.set(name, resizePositions(given, learnedPositions!, model.learnedPositions!));
    } else if (given.shape.join() !== own.shape.join()) {
      const remedy = 'Set the model as it is there.';
      faults.push(faultOf(`${name} of ${file}`, `of shape [${own.shape}]`, `[${given.shape}]`, remedy));
    } else fresh.set(name, given);
  }
  for (const name of found.keys())
    if ((whole || encoderPath.test(name)) && !fresh.has(name))
      faults.push(
        faultOf(
          `${name} of ${file}`,
          'a parameter of this model',
          'one without a use',
          'Set the model as it is there.',
        ),
      );
  throwFaults(faults);
  return fillTree<NdArray>(params, fresh);
}
