/**
 * The search behind study-emoji.ts: six settings of each method, all chosen alike, on the validation part alone.
 *
 * Run:    m3ae study configs/study-search.ts --jobs 2
 * Takes:  3 h 8 min of computing, one thread a part (AMD EPYC); commit 5fc6023
 * Gives:  best on validation: MAE .337, M3AE .335, CLIP .324, supervised .368 (studies/search/results.md)
 */

/** Updates of each trial; every method the same. */
const steps = 1000;

/** The rate that every choice is tried at, and the others that the first choice is tried at. */
const rate = 1e-3;
const otherRates = [5e-4, 2e-3];

/** Four choices of each method besides the learning rate; the first is where the other rates are tried. */
const choices: Record<string, Record<string, Record<string, unknown>>> = {
  mae: {
    'image .50': { 'image.maskRatio': 0.5 },
    'image .40': { 'image.maskRatio': 0.4 },
    'image .65': { 'image.maskRatio': 0.65 },
    'image .75': { 'image.maskRatio': 0.75 },
  },
  m3ae: {
    'image .50, text .90': { 'image.maskRatio': 0.5, 'text.maskRatio': 0.9 },
    'image .50, text .75': { 'image.maskRatio': 0.5, 'text.maskRatio': 0.75 },
    'image .75, text .75': { 'image.maskRatio': 0.75, 'text.maskRatio': 0.75 },
    'image .75, text .90': { 'image.maskRatio': 0.75, 'text.maskRatio': 0.9 },
  },
  clip: {
    'decay .05': { 'optimizer.weightDecay': 0.05 },
    'decay .2': { 'optimizer.weightDecay': 0.2 },
    'decay .05, mean': { 'optimizer.weightDecay': 0.05, 'model.pooling': 'mean' },
    'decay .2, mean': { 'optimizer.weightDecay': 0.2, 'model.pooling': 'mean' },
  },
  supervised: {
    plain: {},
    'smoothing .1': { 'augment.labelSmoothing': 0.1, 'model.dropPath': 0.1 },
    'mixup .8': { 'augment.mixup': 0.8, 'augment.cutmix': 1, 'augment.labelSmoothing': 0.1 },
    'smoothing .1, mean': { 'augment.labelSmoothing': 0.1, 'model.dropPath': 0.1, 'model.pooling': 'mean' },
  },
};

const labels: Record<string, string> = { mae: 'MAE', m3ae: 'M3AE', clip: 'CLIP', supervised: 'supervised' };

const trials = Object.entries(choices).flatMap(([method, settings]) =>
  Object.entries(settings).flatMap(([label, set], place) =>
    (place === 0 ? [rate, ...otherRates] : [rate]).map((tried) => ({
      name: `${method}-${place}-${tried}`,
      method,
      variant: {
        label: `${labels[method]}: ${label}, rate ${tried}`,
        set: { method, ...set, 'optimizer.peakLearningRate': tried },
      },
    })),
  ),
);

export default {
  name: 'search',
  title: 'Settings of four methods, chosen on the validation part',
  base: './emoji-tiny.ts',
  set: { 'train.steps': steps },
  seeds: [0],
  jobs: 2,
  threads: 1,
  variants: Object.fromEntries(trials.map(({ name, variant }) => [name, variant])),
  evaluations: { probe: { options: { features: 'mean,cls,both' } } },
  tables: [
    {
      id: 'search',
      title: 'Accuracy on the validation part, by setting',
      note: 'One seed. The best setting of each method, in bold, is what study-emoji.ts uses. No test part was looked at.',
      rows: trials.map(({ name, method }) => ({ variant: name, series: labels[method] })),
      metrics: [
        {
          id: 'validation',
          title: 'linear probe, validation',
          path: 'probe.results.features.{probe.results.best}.validation.value',
        },
        { title: 'minutes of training, one thread', path: 'pretrain.minutes', unit: '' },
      ],
      choose: 'validation',
      plot: { kind: 'dots', x: 'linear probe, validation part (%)' },
    },
  ],
};
