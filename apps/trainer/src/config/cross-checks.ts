import { type Fault, faultOf, nearestDivisor } from '@m3ae/errors';
import { settingFault } from '@m3ae/errors/settings';
import { taskSettingChecks } from '@m3ae/tasks';
import type { TrainerConfig } from './schema.js';

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
  ...taskSettingChecks,
  microBatchFaults,
  engineFaults,
  lengthFaults,
  textSourceFaults,
] as const;
