import { type Fault, faultOf, isInvalidInput, multiplesAround } from '@m3ae/errors';
import { settingFault, type SettingsCheck } from '@m3ae/errors/settings';
import { keepLength } from '@m3ae/masking';
import { resolveClipConfig, resolveM3aeConfig } from '@m3ae/transformer';
import type { TaskSettings } from './task-of.js';
import { methodTraits } from './methods.js';

function* patchFaults({ image: { size, patchSize } }: TaskSettings): Generator<Fault> {
  if (size % patchSize === 0) return;
  const rule = `a multiple of image.patchSize = ${patchSize}`;
  yield settingFault('image.size', rule, size, `Use ${multiplesAround(size, patchSize)}.`);
}

/** What a ratio must leave, and what it must hide unless all tokens count in the loss. */
function* ratioFaults(
  part: 'image' | 'text',
  noun: string,
  length: number,
  { [part]: { maskRatio }, loss }: TaskSettings,
): Generator<Fault> {
  const path = `${part}.maskRatio`;
  const kept = keepLength(length, maskRatio);
  if (kept < 1) {
    const most = Math.floor((1 - 1 / length) * 100) / 100;
    yield settingFault(
      path,
      `low enough to leave one of ${length} ${noun}`,
      maskRatio,
      `Use at most ${most}.`,
    );
  }
  const allTokens = `${part}AllTokens` as const;
  if (kept < length || loss[allTokens]) return;
  const remedy = `Use 0.75, or set loss.${allTokens} to true.`;
  yield settingFault(path, `high enough to hide one of ${length} ${noun}`, maskRatio, remedy);
}

function* hiddenPatchFaults(config: TaskSettings): Generator<Fault> {
  const { image, method } = config;
  if (image.size % image.patchSize !== 0 || !methodTraits(method).rebuildsPictures) return;
  yield* ratioFaults('image', 'patches', (image.size / image.patchSize) ** 2, config);
}

function* textFaults(config: TaskSettings): Generator<Fault> {
  const { masking, maskRatio, maxLength } = config.text;
  if (!methodTraits(config.method).rebuildsText) return;
  if (masking.strategy !== 'corrupt') return yield* ratioFaults('text', 'word pieces', maxLength, config);
  // At least one piece of a caption is altered, and none is hidden.
  const shares = masking.maskShare + masking.randomShare;
  if (shares > 1) {
    const rule = 'with shares of at most 1 together';
    yield settingFault('text.masking', rule, shares, 'BERT masks 0.8 and replaces 0.1.');
  }
  if (maskRatio > 0) return;
  const rule = 'above 0 with masking "corrupt", which predicts what it alters';
  yield settingFault('text.maskRatio', rule, maskRatio, 'Use 0.15, as BERT does.');
}

/** Where the options of the model's package stand in a config, but for those of its section `model`. */
const places: Readonly<Record<string, string>> = {
  'textTower.dim': 'model.clip.textDim',
  'textTower.heads': 'model.clip.textHeads',
  'textTower.pooling': 'model.clip.textPooling',
};

/** The sizes of a model, which its own package checks; what a method does not read is left out. */
function resolveSizes({ method, model }: TaskSettings): void {
  const { size, embedDim, depth, heads, mlpRatio } = model;
  const { rebuildsPictures, contrasts } = methodTraits(method);
  const { decoderDim, decoderHeads } = rebuildsPictures ? model : {};
  const trunk = { size, embedDim, depth, heads, mlpRatio, decoderDim, decoderHeads };
  if (!contrasts) return void resolveM3aeConfig(trunk);
  const { textDim, textHeads, textAttention, textPooling, textPositions } = model.clip ?? {};
  const textTower = { length: 1, dim: textDim, heads: textHeads, attention: textAttention };
  resolveClipConfig(trunk, { textTower: { ...textTower, pooling: textPooling, positions: textPositions } });
}

/** What the model's own package refuses of its sizes, and a model that no setting gives one. */
function* modelFaults(config: TaskSettings): Generator<Fault> {
  const { size, embedDim, depth, heads } = config.model;
  const lacking = Object.entries({ embedDim, depth, heads }).filter(([, value]) => value === undefined);
  if (size === undefined && lacking.length > 0) {
    const received = `no ${lacking.map(([name]) => name).join(', ')}`;
    const rule = 'given by size, or by embedDim, depth and heads';
    return yield faultOf('model', rule, received, 'Write e.g. model: { size: "small" }.');
  }
  try {
    resolveSizes(config);
  } catch (error) {
    if (!isInvalidInput(error)) throw error;
    for (const fault of error.faults) yield { ...fault, path: places[fault.path] ?? `model.${fault.path}` };
  }
}

/**
 * What only several settings of a task together can show: patches that do not fill a picture, a ratio that hides all or nothing, shares
 * beyond 1, and a model that its package refuses. For `faultsBetween` of `@m3ae/errors/settings`.
 */
export const taskSettingChecks: readonly SettingsCheck<TaskSettings>[] = [
  patchFaults,
  hiddenPatchFaults,
  textFaults,
  modelFaults,
];
