import { type Fault, faultOf, nearestDivisor } from '@m3ae/errors';
import { settingFault, type SettingsCheck } from '@m3ae/errors/settings';

/** The section `train` of a config: how long, how many at once, on what. */
export interface TrainSettings {
  readonly train: {
    /** Either of these says how long. */
    readonly steps?: number;
    readonly epochs?: number;
    /** Examples of an update, and the micro-batches that they are cut into. */
    readonly batchSize: number;
    readonly accumulate: number;
    /** Micro-batches computed at a time, on so many threads each. */
    readonly replicas: number;
    readonly threads?: number;
    /** `'compiled'`, or `'eager'` on a backend of TensorFlow.js. */
    readonly engine: string;
    readonly backend?: string;
    /** What only the compiled engine knows; `'cpu'`, `'float32'` and `'exact'` are the usual. */
    readonly device: string;
    readonly precision: string;
    readonly kernels: string;
  };
}

function* microBatchFaults({ train }: TrainSettings): Generator<Fault> {
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

function* engineFaults({ train }: TrainSettings): Generator<Fault> {
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

function* lengthFaults({ train }: TrainSettings): Generator<Fault> {
  if ((train.steps === undefined) !== (train.epochs === undefined)) return;
  const received = train.steps === undefined ? 'neither' : 'both';
  yield faultOf('train', 'given either steps or epochs', received, 'Write e.g. train: { epochs: 100 }.');
}

/**
 * What only several settings of the section `train` together show: micro-batches that do not fill a batch, an engine that does not know
 * a setting, a length that is missing or given twice. For `faultsBetween` of `@m3ae/errors/settings`.
 *
 * @example
 * ```ts
 * faultsBetween(config, trainSettingChecks); // [] where the settings hold together
 * ```
 */
export const trainSettingChecks: readonly SettingsCheck<TrainSettings>[] = [
  microBatchFaults,
  engineFaults,
  lengthFaults,
];
