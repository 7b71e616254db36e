import { type Fault, faultOf, throwFaults } from '@m3ae/errors';
import { createTokenizer } from '@m3ae/preprocess';
import type { M3aeConfig } from '@m3ae/transformer';
import { fillTree, flattenTree, type NdArray, ndArray, type Tree } from '@m3ae/tree';
import type { ModelWeights } from './model.js';
import { resizePositions } from './positions.js';

/** Parameters that pictures pass through in every model of `@m3ae/transformer`. */
const encoderPath = /^(clsToken|types\.encoderImage|imageEmbedding\..+|positions|inputNorm\..+|encoder\..+)$/;

/** What an error calls the setting of a model, e.g. `depth` as `model.depth`; by default as it is. */
export type SettingName = (name: string) => string;

/** Where parameters come from, for messages. */
export interface Taken {
  /** The file. */
  readonly name: string;
  readonly settingName?: SettingName;
}

/** What is taken of found parameters, and what to say where they do not fit. */
interface Taking {
  readonly file: string;
  readonly found: ReadonlyMap<string, NdArray>;
  readonly isWanted: (path: string) => boolean;
  /** Makes a fresh parameter of a found one, or tells what is wrong with it. */
  readonly take: (path: string, found: NdArray, fresh: NdArray) => NdArray | Fault;
  /** How to mend a parameter that lacks or has another shape, or one without a use. */
  readonly remedy: (path: string, isSurplus: boolean) => string;
}

/** Puts found parameters into fresh ones. @throws InvalidInput with every fault at once. */
function taken(params: Tree<NdArray>, { file, found, isWanted, take, remedy }: Taking): Tree<NdArray> {
  const fresh = new Map(flattenTree<NdArray>(params));
  const faults: Fault[] = [];
  for (const [path, own] of fresh) {
    if (!isWanted(path)) continue;
    const given = found.get(path);
    const rule = `in ${file}, shape [${own.shape}]`;
    const result = given ? take(path, given, own) : faultOf(path, rule, undefined, remedy(path, false));
    if ('data' in result) fresh.set(path, result);
    else faults.push(result);
  }
  const surplus = [...found.keys()].filter((path) => isWanted(path) && !fresh.has(path));
  throwFaults([
    ...faults,
    ...surplus.map((path) =>
      faultOf(`${path} of ${file}`, 'a parameter of this model', 'one without a use', remedy(path, true)),
    ),
  ]);
  return fillTree<NdArray>(params, fresh);
}

const misshapen = (place: string, { shape }: NdArray, found: NdArray, remedy: string): Fault | undefined =>
  found.shape.join() === shape.join()
    ? undefined
    : faultOf(place, `of shape [${shape}]`, `[${found.shape}]`, remedy);

/**
 * Puts the encoder of another model into fresh parameters; the rest stays fresh.
 *
 * @param params - Fresh parameters of any model.
 * @param arrays - Parameters of the other model by path; those that are no encoder's are passed over.
 * @throws InvalidInput with one fault for each encoder parameter that is missing, extra, misshapen or not finite.
 */
export function takeEncoder(
  params: Tree<NdArray>,
  arrays: Readonly<Record<string, NdArray>>,
  { name: file, settingName: setting = (name) => name }: Taken,
): Tree<NdArray> {
  const remedy = (path: string, isSurplus: boolean): string => {
    if (path.startsWith('types.'))
      return `Set ${setting('useTypeEmbedding')} to ${isSurplus}, as that run did.`;
    if (isSurplus) return `Set ${setting('depth')} as that run did.`;
    if (path.startsWith('imageEmbedding.')) {
      return `Set ${setting('patchSize')} and ${setting('embedDim')} as that run did.`;
    }
    return `Set ${setting('size')}, embedDim, depth and mlpRatio as that run did.`;
  };
  const take = (path: string, found: NdArray, fresh: NdArray) => {
    const place = `${path} of ${file}`;
    const fault = misshapen(place, fresh, found, remedy(path, false));
    if (fault || found.data.every(Number.isFinite)) return fault ?? found;
    return faultOf(place, 'finite', 'NaN or infinity', 'Choose an earlier checkpoint.');
  };
  const isWanted = (path: string) => encoderPath.test(path);
  return taken(params, { file, found: new Map(Object.entries(arrays)), isWanted, take, remedy });
}

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
  const pieces = weights.vocabulary ?? createTokenizer().vocabulary;
  const idOf = new Map(pieces.map((piece, id) => [piece, id]));
  const places = taker.pieces.map((piece) => idOf.get(piece));
  const { vocabSize, learnedPositions } = weights.config;
  const remedy = 'Set the model as it is there.';
  return taken(params, {
    file,
    found: new Map(flattenTree<NdArray>(weights.params)),
    isWanted: (path) => whole || encoderPath.test(path),
    remedy: () => remedy,
    take(path, found, fresh) {
      if (textPath.test(path) && vocabSize !== pieces.length) {
        const received = `${vocabSize} that ${file} does not name`;
        return faultOf(path, 'of known word pieces', received, 'Train with pictures alone.');
      }
      if (textPath.test(path)) return byPiece(found, fresh, places);
      if (path === 'positions') return resizePositions(found, learnedPositions!, model.learnedPositions!);
      return misshapen(`${path} of ${file}`, fresh, found, remedy) ?? found;
    },
  });
}
