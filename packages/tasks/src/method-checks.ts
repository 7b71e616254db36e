import { type Fault, faultOf } from '@m3ae/errors';
import type { OutputOf } from '@m3ae/errors/rules';
import { settingFault, type SettingsCheck } from '@m3ae/errors/settings';
import type { imageTokenizerRule } from './input-rules.js';
import type { LossWeights } from './options.js';
import { type Method, methodTraits } from './methods.js';

/** What of a config rules its image tokenizer. */
export interface TokenizerSettings {
  readonly image: {
    /** Side of a picture, and of a patch, in pixels. */
    readonly size: number;
    readonly patchSize: number;
    /** Its files and what its pictures and codes are; pixels are predicted, if left out. */
    readonly tokenizer?: OutputOf<typeof imageTokenizerRule>;
  };
  /** Whether pictures are made of codes for a report. */
  readonly report: { readonly enabled: boolean };
}

/** What of a config says whether a method has what it needs. */
export interface MethodSettings extends TokenizerSettings {
  readonly method: Method;
  readonly loss: LossWeights;
  /** Of method "supervised". */
  readonly augment: { readonly mixup: number; readonly cutmix: number; readonly labelSmoothing: number };
  readonly data: {
    /** Where pictures come from, and where their classes are. */
    readonly source: { readonly kind: string; readonly labels?: string };
    /** Where text without pictures comes from; null for none. */
    readonly unpairedText: object | null;
    /** Shares of the pictures that keep their captions, and of the captions that are left out in a step. */
    readonly pairedShare: number;
    readonly dropText: number;
    readonly strategy: string;
    /** How often each is drawn by strategy "weighted". */
    readonly weights: { readonly pictures: number; readonly unpairedText: number } | null;
  };
  readonly optimizer: { readonly layers: string; readonly layerDecay: number };
  readonly train: { readonly batchSize: number };
}

function* textSourceFaults({ data, loss, method }: MethodSettings): Generator<Fault> {
  const [path, weightPath] = ['data.unpairedText', 'loss.unpairedTextWeight'];
  const weight = loss.unpairedTextWeight;
  if (data.unpairedText !== null && !methodTraits(method).rebuildsText) {
    const remedy = 'Leave it out, or use method "m3ae".';
    yield faultOf(path, `null with method "${method}"`, 'a text source', remedy);
  }
  if (data.unpairedText !== null && weight === 0) {
    const remedy = 'Use e.g. 0.5, or leave data.unpairedText out.';
    yield settingFault(weightPath, `above 0 where ${path} is set`, weight, remedy);
  }
  if (data.unpairedText === null && weight > 0) {
    const remedy = 'Write data: { unpairedText: { kind: "wordnet" } }.';
    yield settingFault(path, `set where ${weightPath} is above 0`, null, remedy);
  }
}

function* unused({ method, loss, augment }: MethodSettings): Generator<Fault> {
  const { rebuildsPictures, readsLabels } = methodTraits(method);
  for (const name of ['normalizeTargets', 'imageAllTokens', 'textAllTokens'] as const) {
    const rule = `false with method "${method}", which hides and rebuilds nothing`;
    if (!rebuildsPictures && loss[name])
      yield settingFault(`loss.${name}`, rule, loss[name], 'Leave it out.');
  }
  for (const name of ['mixup', 'cutmix', 'labelSmoothing'] as const) {
    const rule = `0 with method "${method}", which has no labels to mix`;
    const remedy = 'Leave it out, or use method "supervised".';
    if (!readsLabels && augment[name] > 0) yield settingFault(`augment.${name}`, rule, augment[name], remedy);
  }
}

/** Codes are predicted by a model that rebuilds, and not normalized. */
function* tokenizerFaults({ method, image: { tokenizer }, loss, report }: MethodSettings): Generator<Fault> {
  if (tokenizer === undefined) return;
  if (!methodTraits(method).rebuildsPictures) {
    const rule = `left out with method "${method}", which rebuilds nothing`;
    yield faultOf('image.tokenizer', rule, 'one', 'Use method "m3ae" or "mae".');
  }
  if (loss.normalizeTargets) {
    const rule = 'false with image.tokenizer, whose codes are no numbers';
    yield settingFault('loss.normalizeTargets', rule, true, 'Leave it out.');
  }
  if (tokenizer.decoder?.takes === 'vectors' && tokenizer.codebook === undefined) {
    const remedy = 'Name its file, or let it take codes.';
    const rule = 'there for a decoder that takes vectors';
    yield settingFault('image.tokenizer.codebook', rule, tokenizer.codebook, remedy);
  }
  if (report.enabled && tokenizer.decoder === undefined && tokenizer.codebook === undefined) {
    const remedy = 'Name its file, or set report.enabled to false.';
    const rule = 'there for the pictures of the report';
    yield settingFault('image.tokenizer.decoder', rule, tokenizer.decoder, remedy);
  }
}

/** Settings that take every caption away from a method that learns from them. */
function* textlessFaults({ method, data }: MethodSettings): Generator<Fault> {
  const { readsText, rebuildsText } = methodTraits(method);
  const needsCaptions = readsText && !(rebuildsText && data.unpairedText !== null);
  if (!needsCaptions || (data.pairedShare > 0 && data.dropText < 1)) return;
  const [name, value, rule] =
    data.pairedShare === 0 ? ['pairedShare', 0, 'above 0'] : ['dropText', 1, 'below 1'];
  const why = `${rule} with method "${method}", which learns from captions`;
  yield settingFault(`data.${name}`, why, value, 'Leave it out, or use method "mae".');
}

function* pairFaults({ method, train: { batchSize } }: MethodSettings): Generator<Fault> {
  if (!methodTraits(method).contrasts || batchSize >= 2) return;
  const remedy = 'A caption is told apart from those of the other pictures; use e.g. 64.';
  yield settingFault('train.batchSize', `at least 2 with method "${method}"`, batchSize, remedy);
}

function* labelFaults({ method, data: { source } }: MethodSettings): Generator<Fault> {
  if (!methodTraits(method).readsLabels || source.labels !== 'none') return;
  const rule = `"subfolder" or "column" with method "${method}"`;
  yield settingFault('data.source.labels', rule, source.labels, 'It says where the classes are.');
}

function* optimizerFaults({ optimizer }: MethodSettings): Generator<Fault> {
  const { layers, layerDecay } = optimizer;
  if (layers !== 'standard' && layerDecay === 1) {
    const remedy = 'Set optimizer.layerDecay below 1, e.g. 0.75.';
    yield settingFault('optimizer.layers', 'left out where optimizer.layerDecay is 1', layers, remedy);
  }
}

function* weightFaults({ data: { weights, strategy } }: MethodSettings): Generator<Fault> {
  if (weights === null) return;
  if (strategy !== 'weighted') {
    const remedy = 'Set the strategy, or leave them out.';
    yield faultOf('data.weights', 'null unless data.strategy is "weighted"', 'weights', remedy);
  } else if (weights.pictures + weights.unpairedText === 0) {
    const remedy = 'Write e.g. { pictures: 3, unpairedText: 1 }.';
    yield faultOf('data.weights', 'with one above 0', 'only zeros', remedy);
  }
}

/**
 * What only several settings together can show of a method: what it needs of data, codes and batch, and what it would pass over in
 * silence. For `faultsBetween` of `@m3ae/errors/settings`, after `taskSettingChecks`.
 */
export const methodSettingChecks: readonly SettingsCheck<MethodSettings>[] = [
  textSourceFaults,
  unused,
  tokenizerFaults,
  textlessFaults,
  pairFaults,
  labelFaults,
  optimizerFaults,
  weightFaults,
];
