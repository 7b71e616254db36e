import { type Fault, faultOf, isInvalidInput, multiplesAround, nearestDivisor } from '@m3ae/errors';
import { keepLength } from '@m3ae/masking';
import { resolveClipConfig, resolveM3aeConfig } from '@m3ae/transformer';
import { settingFault } from './setting-fault.js';
import type { TrainerConfig } from './schema.js';

function* patchFaults({ image: { size, patchSize } }: TrainerConfig): Generator<Fault> {
  if (size % patchSize === 0) return;
  const rule = `a multiple of image.patchSize = ${patchSize}`;
  yield settingFault('image.size', rule, size, `Use ${multiplesAround(size, patchSize)}.`);
}

/** What a ratio must leave, and what it must hide unless all tokens count in the loss. */
function* ratioFaults(
  part: 'image' | 'text',
  noun: string,
  length: number,
  { [part]: { maskRatio }, loss }: TrainerConfig,
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

function* hiddenPatchFaults(config: TrainerConfig): Generator<Fault> {
  const { image, method } = config;
  if (image.size % image.patchSize !== 0 || (method !== 'm3ae' && method !== 'mae')) return;
  yield* ratioFaults('image', 'patches', (image.size / image.patchSize) ** 2, config);
}

function* textFaults(config: TrainerConfig): Generator<Fault> {
  const { masking, maskRatio, maxLength } = config.text;
  if (config.method !== 'm3ae') return;
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
function resolveSizes({ method, model }: TrainerConfig): void {
  const { size, embedDim, depth, heads, mlpRatio } = model;
  const { decoderDim, decoderHeads } = method === 'm3ae' || method === 'mae' ? model : {};
  const trunk = { size, embedDim, depth, heads, mlpRatio, decoderDim, decoderHeads };
  if (method !== 'clip') return void resolveM3aeConfig(trunk);
  const { textDim, textHeads, textAttention, textPooling, textPositions } = model.clip;
  const textTower = { length: 1, dim: textDim, heads: textHeads, attention: textAttention };
  resolveClipConfig(trunk, { textTower: { ...textTower, pooling: textPooling, positions: textPositions } });
}

/** What the model's own package refuses of its sizes, and a model that no setting gives one. */
function* modelFaults(config: TrainerConfig): Generator<Fault> {
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

function* microBatchFaults({ train }: TrainerConfig): Generator<Fault> {
  const { batchSize, accumulate, replicas, engine, device, threads } = train;
  if (batchSize % accumulate !== 0) {
    const remedy = `Use ${nearestDivisor(batchSize, accumulate)}.`;
    yield settingFault('train.accumulate', `a divisor of train.batchSize = ${batchSize}`, accumulate, remedy);
  }
  if (accumulate % replicas !== 0) {
    const remedy = `Use ${nearestDivisor(accumulate, replicas)}, or raise train.accumulate.`;
    yield settingFault('train.replicas', `a divisor of train.accumulate = ${accumulate}`, replicas, remedy);
  }
  if (replicas > 1 && (engine !== 'compiled' || device !== 'cpu')) {
    const rule = '1 but on the CPU with train.engine "compiled"';
    yield settingFault('train.replicas', rule, replicas, 'Leave it out.');
  }
  if (replicas > 1 && threads === undefined) {
    const rule = 'set where train.replicas is above 1: it is that of each replica';
    yield settingFault('train.threads', rule, threads, 'Set it to 1.');
  }
}

function* engineFaults({ train }: TrainerConfig): Generator<Fault> {
  const { engine, backend, device, precision, kernels } = train;
  if (engine === 'compiled' && device === 'webgpu' && precision === 'bf16') {
    const remedy = 'Use "auto", or device "cpu" or "cuda": WebGPU has no bf16.';
    yield settingFault('train.precision', '"float32" or "auto" on device "webgpu"', precision, remedy);
  }
  if (engine === 'compiled') {
    if (backend === undefined) return;
    const remedy = 'Set train.engine to "eager", or leave it out.';
    return yield settingFault('train.backend', 'left out with engine "compiled"', backend, remedy);
  }
  const compiledOnly = {
    device: [device, 'cpu'],
    precision: [precision, 'float32'],
    kernels: [kernels, 'exact'],
  };
  for (const [name, [value, usual]] of Object.entries(compiledOnly)) {
    const remedy = 'Leave it out, or use engine "compiled".';
    if (value !== usual) yield settingFault(`train.${name}`, `"${usual}" with engine "eager"`, value, remedy);
  }
}

function* lengthFaults({ train }: TrainerConfig): Generator<Fault> {
  if ((train.steps === undefined) !== (train.epochs === undefined)) return;
  const received = train.steps === undefined ? 'neither' : 'both';
  yield faultOf('train', 'given either steps or epochs', received, 'Write e.g. train: { epochs: 100 }.');
}

function* textSourceFaults({ data, loss, method }: TrainerConfig): Generator<Fault> {
  const [path, weightPath] = ['data.unpairedText', 'loss.unpairedTextWeight'];
  const weight = loss.unpairedTextWeight;
  if (data.unpairedText !== null && method !== 'm3ae') {
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

/** What only two settings together can show, whatever the method. */
export const settingChecks = [
  patchFaults,
  hiddenPatchFaults,
  textFaults,
  modelFaults,
  microBatchFaults,
  engineFaults,
  lengthFaults,
  textSourceFaults,
] as const;
