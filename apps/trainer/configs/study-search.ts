/**
 * The search behind study-emoji.ts: twelve settings of each method, all chosen alike, on the validation part alone.
 *
 * Run:    m3ae study configs/study-search.ts --jobs 2
 * Takes:
 * Gives:
 */

/** Updates of each trial; every method the same. */
const steps = 1000;

const rates = [5e-4, 1e-3, 2e-3];

/** Four choices of each method besides the learning rate. */
const choices: Record<string, Record<string, Record<string, unknown>>> = {
  mae: {
    'image .40': { 'image.maskRatio': 0.4 },
    'image .50': { 'image.maskRatio': 0.5 },
    'image .65': { 'image.maskRatio': 0.65 },
    'image .75': { 'image.maskRatio': 0.75 },
  },
  m3ae: {
    'image .50, text .75': { 'image.maskRatio': 0.5, 'text.maskRatio': 0.75 },
    'image .50, text .90': { 'image.maskRatio': 0.5, 'text.maskRatio': 0.9 },
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
    rates.map((rate) => ({
      name: `${method}-${place}-${rate}`,
      method,
      variant: {
        label: `${labels[method]}: ${label}, rate ${rate}`,
        set: { method, ...set, 'optimizer.peakLearningRate': rate },
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
