import { flag, inInterval, integer, oneOf, optional, text, withDefault } from '@m3ae/errors/rules';
import { type Fault, faultOf, nearestDivisor } from '@m3ae/errors';
import { settingFault, type SettingsCheck } from '@m3ae/errors/settings';

/** The largest values of settings of a run: beyond what any machine has, and still harmless to check. */
export const largestSettings = {
  /** CLIP was trained with 32,768. */
  batch: 65_536,
  steps: 1e9,
  /** The largest servers have some 800 hardware threads. */
  threads: 1024,
  /** Pictures that stand in a report, whole. */
  reportPictures: 1000,
} as const;

const steps = (remedy: string) => integer({ min: 1, limit: largestSettings.steps }, remedy);

/** Rules of the section `log` of a config. */
export const logRules = {
  everySteps: withDefault(steps('Steps between two lines of metrics.jsonl.'), 10),
  tensorboard: withDefault(flag('true writes a TensorBoard event file beside metrics.jsonl.'), true),
} as const;

/** Rules of the section `checkpoint` of a config. */
export const checkpointRules = {
  everySteps: withDefault(steps('Steps between two saves.'), 500),
  keepLast: withDefault(steps('How many of the newest checkpoints stay.'), 2),
  keepBest: withDefault(
    integer({ min: 0, limit: largestSettings.steps }, 'How many of the best checkpoints stay besides.'),
    1,
  ),
} as const;

/** Rules of the section `report` of a config: the page of a run, and the examples in it that are hidden and rebuilt. */
export const reportRules = {
  enabled: withDefault(flag('false ends the run without report.html.'), true),
  examples: withDefault(
    integer({ min: 1, limit: largestSettings.reportPictures }, 'Pictures in the gallery.'),
    12,
  ),
  maskRatio: withDefault(
    inInterval('[0, 1)', 'The share of each picture hidden in the gallery; 0.75.'),
    0.75,
  ),
  textMaskRatio: withDefault(inInterval('[0, 1)', 'The share of each caption hidden in the gallery.'), 0.5),
  title: optional(text('The heading of the report.')),
} as const;

/**
 * Rules of the section `train` of a config, but for those that other packages have: micro-batches, what computes them, and when a run
 * without a finite loss stops. What only several of them show is for `trainSettingChecks`.
 */
export const trainRules = {
  accumulate: withDefault(
    integer(
      { min: 1, limit: largestSettings.batch },
      'Micro-batches of one update; it must divide train.batchSize.',
    ),
    1,
  ),
  replicas: withDefault(
    integer(
      { min: 1, limit: largestSettings.threads },
      'Micro-batches computed at a time, each on train.threads threads; it must divide train.accumulate.',
    ),
    1,
  ),
  engine: withDefault(
    oneOf(
      ['compiled', 'eager'],
      'Use "compiled"; "eager" runs one operation after the other on the tfjs backend of train.backend.',
    ),
    'compiled',
  ),
  backend: optional(
    oneOf(
      ['tensorflow', 'wasm', 'cpu'],
      'Of engine "eager": "tensorflow" is tfjs-node or tfjs-node-gpu, which you install; "cpu" is plain JavaScript.',
    ),
  ),
  maxNonFinite: withDefault(
    integer(
      { min: 1, limit: largestSettings.steps },
      'Steps in a row without a finite loss that stop the run.',
    ),
    10,
  ),
} as const;

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
