import { flag, inInterval, integer, oneOf, optional, text, withDefault } from '@m3ae/errors/rules';

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
