import { keepLength } from '@m3ae/masking';
import { methodChecks } from './method-checks.js';
import { overlap, watched } from './repair.js';
import type { TrainerConfig } from './schema.js';

/** The nearest lengths above and below that a divisor fits. */
function multiplesAround(length: number, divisor: number): string {
  const below = Math.floor(length / divisor) * divisor;
  return below > 0 ? `${below} or ${below + divisor}` : `${below + divisor}`;
}

/** Whether a method hides a part and rebuilds it. */
const hides = (method: TrainerConfig['method']) => method === 'm3ae' || method === 'mae';

function* patchFaults({ image: { size, patchSize } }: TrainerConfig): Generator<string> {
  if (size % patchSize !== 0) {
    yield `image.size must be a multiple of image.patchSize = ${patchSize}; received ${size}. Use ${multiplesAround(size, patchSize)}.`;
  }
}

function* hiddenPatchFaults({ image, loss, method }: TrainerConfig): Generator<string> {
  const { size, patchSize, maskRatio } = image;
  if (size % patchSize !== 0 || !hides(method)) return;
  const patches = (size / patchSize) ** 2;
  if (keepLength(patches, maskRatio) < 1) {
    yield `image.maskRatio must leave at least one of ${patches} patches; received ${maskRatio}. Use at most ${lowered(patches)}.`;
  }
  if (keepLength(patches, maskRatio) === patches && !loss.imageAllTokens) {
    yield `image.maskRatio must hide at least one of ${patches} patches; received ${maskRatio}. Use 0.75, or set loss.imageAllTokens to true.`;
  }
}

/** The largest ratio with two decimals that keeps one of `length` tokens. */
function lowered(length: number): number {
  return Math.floor((1 - 1 / length) * 100) / 100;
}

function* textFaults({ method, text, loss }: TrainerConfig): Generator<string> {
  if (method !== 'm3ae') return;
  const { masking } = text;
  if (masking.strategy === 'corrupt') {
    const shares = masking.maskShare + masking.randomShare;
    if (shares > 1)
      yield `text.masking must have shares of at most 1 together; received ${shares}. BERT masks 0.8 and replaces 0.1.`;
    if (text.maskRatio === 0)
      yield 'text.maskRatio must be above 0 with masking "corrupt", which predicts what it alters; received 0. Use 0.15, as BERT does.';
    return; // at least one piece of a caption is altered, and none is hidden
  }
  const kept = keepLength(text.maxLength, text.maskRatio);
  if (kept < 1) {
    yield `text.maskRatio must leave at least one of ${text.maxLength} word pieces; received ${text.maskRatio}. Use at most ${lowered(text.maxLength)}.`;
  }
  if (kept === text.maxLength && !loss.textAllTokens) {
    yield `text.maskRatio must hide at least one of ${text.maxLength} word pieces; received ${text.maskRatio}. Use 0.75, or set loss.textAllTokens to true.`;
  }
}

function* encoderFaults({ model }: TrainerConfig): Generator<string> {
  const { size, embedDim, depth, heads } = model;
  if (size === undefined && (embedDim === undefined || depth === undefined || heads === undefined)) {
    const lacking = Object.entries({ embedDim, depth, heads }).filter(([, value]) => value === undefined);
    yield `model must hold size, or embedDim, depth and heads; received no ${lacking.map(([name]) => name).join(', ')}. Write e.g. model: { size: "small" }.`;
  }
  if (embedDim !== undefined && heads !== undefined && embedDim % heads !== 0) {
    yield `model.heads must divide model.embedDim = ${embedDim}; received ${heads}. Use e.g. ${divisorNear(embedDim, heads)}.`;
  }
  if (embedDim !== undefined && embedDim % 4 !== 0) {
    yield `model.embedDim must be a multiple of 4, for the position codes of rows and columns; received ${embedDim}. Use ${multiplesAround(embedDim, 4)}.`;
  }
}

function* decoderFaults({ model, method }: TrainerConfig): Generator<string> {
  if (!hides(method)) return;
  const { decoderDim = 512, decoderHeads = 16 } = model;
  if (decoderDim % decoderHeads !== 0) {
    yield `model.decoderHeads must divide model.decoderDim = ${decoderDim}; received ${decoderHeads}. Use e.g. ${divisorNear(decoderDim, decoderHeads)}.`;
  }
  if (decoderDim % 4 !== 0) {
    yield `model.decoderDim must be a multiple of 4, for the position codes of rows and columns; received ${decoderDim}. Use ${multiplesAround(decoderDim, 4)}.`;
  }
}

/** The divisor of `width` nearest to `heads`. */
function divisorNear(width: number, heads: number): number {
  const divisors = Array.from({ length: width }, (_, i) => i + 1).filter(
    (candidate) => width % candidate === 0,
  );
  return divisors.reduce((best, next) => (Math.abs(next - heads) < Math.abs(best - heads) ? next : best));
}

function* cropFaults({ image: { crop } }: TrainerConfig): Generator<string> {
  if (crop.kind === 'square' && crop.min > crop.max) {
    yield `image.crop.min must be at most image.crop.max = ${crop.max}; received ${crop.min}. Exchange the two.`;
  }
}

function* microBatchFaults({ train }: TrainerConfig): Generator<string> {
  if (train.batchSize % train.accumulate !== 0) {
    yield `train.accumulate must divide train.batchSize = ${train.batchSize}; received ${train.accumulate}. Use ${divisorNear(train.batchSize, train.accumulate)}.`;
  }
  const { accumulate, replicas, engine, device, threads } = train;
  if (accumulate % replicas !== 0) {
    yield `train.replicas must divide train.accumulate = ${accumulate}; received ${replicas}. Use ${divisorNear(accumulate, replicas)}, or raise train.accumulate.`;
  }
  if (replicas > 1 && (engine !== 'compiled' || device !== 'cpu')) {
    yield `train.replicas must be 1 but on the CPU with train.engine "compiled"; received ${replicas}. Leave it out.`;
  }
  if (replicas > 1 && threads === undefined) {
    yield 'train.threads must be set where train.replicas is above 1: it is that of each replica; received nothing. Set it to 1.';
  }
}

function* engineFaults({ train }: TrainerConfig): Generator<string> {
  const { engine, backend, device, precision, kernels } = train;
  if (engine === 'compiled') {
    if (backend !== undefined)
      yield `train.backend must be left out with engine "compiled"; received "${backend}". Set train.engine to "eager", or leave it out.`;
    return;
  }
  const compiledOnly = {
    device: [device, 'cpu'],
    precision: [precision, 'float32'],
    kernels: [kernels, 'exact'],
  };
  for (const [name, [value, usual]] of Object.entries(compiledOnly)) {
    if (value !== usual)
      yield `train.${name} must be "${usual}" with engine "eager"; received "${value}". Leave it out, or use engine "compiled".`;
  }
}

function* lengthFaults({ train }: TrainerConfig): Generator<string> {
  if ((train.steps === undefined) === (train.epochs === undefined)) {
    yield `train must hold either steps or epochs; received ${train.steps === undefined ? 'neither' : 'both'}. Write e.g. train: { epochs: 100 }.`;
  }
}

function* textSourceFaults({ data, loss, method }: TrainerConfig): Generator<string> {
  if (data.unpairedText !== null && method !== 'm3ae') {
    yield `data.unpairedText must be null with method "${method}"; received a text source. Leave it out, or use method "m3ae".`;
  }
  if (data.unpairedText !== null && loss.unpairedTextWeight === 0) {
    yield 'loss.unpairedTextWeight must be above 0 where data.unpairedText is set; received 0. Use e.g. 0.5, or leave data.unpairedText out.';
  }
  if (data.unpairedText === null && loss.unpairedTextWeight > 0) {
    yield `data.unpairedText must be set where loss.unpairedTextWeight is above 0; received null. Write data: { unpairedText: { kind: "wordnet" } }.`;
  }
}

const checks: readonly ((config: TrainerConfig) => Generator<string>)[] = [
  patchFaults,
  hiddenPatchFaults,
  cropFaults,
  textFaults,
  encoderFaults,
  decoderFaults,
  microBatchFaults,
  engineFaults,
  lengthFaults,
  textSourceFaults,
  ...methodChecks,
];

/**
 * Faults that only two fields together can show.
 *
 * @param doubtful - Paths whose values were replaced: what a check says after it has read one of them is left out.
 * @returns One sentence a fault; empty where the config holds together.
 */
export function crossFaults(config: TrainerConfig, doubtful: readonly string[] = []): string[] {
  return checks.flatMap((check) => {
    const seen = new Set<string>();
    const believed: string[] = [];
    for (const fault of check(watched(config, seen))) {
      if (![...seen].some((read) => doubtful.some((path) => overlap(read, path)))) believed.push(fault);
    }
    return believed;
  });
}
