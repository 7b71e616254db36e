/**
 * The search behind study-emoji: eight settings of each method, all chosen alike, on the validation part alone.
 *
 * Run:    npx @m3ae/trainer study study-search --jobs 2
 * Takes:  2 h 7 min of computing, one thread a part (AMD EPYC); commits 0ae267a and 59f2fae
 * Gives:  best on validation: MAE .348, M3AE .338, CLIP .340, supervised .371 (studies/search/results.md)
 */
import type { StudyInput } from '@m3ae/trainer';

/** Updates of each trial; every method the same. */
const steps = 1000;

/** The default of today, written out, as in study-emoji.ts. */
const penalties = [0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001, 0.00003];

type Settings = Record<string, unknown>;
type Choice = { label: string; rates: number[]; set: Settings };

/** Rates that the first choice of every method is tried at; one more where the best of a first search was an end. */
const rates = [1e-3, 5e-4, 2e-3];

const choice = (label: string, set: Settings, tried = [1e-3]): Choice => ({ label, rates: tried, set });

const choices: Record<string, Choice[]> = {
  mae: [
    choice('image .50', { 'image.maskRatio': 0.5 }, [...rates, 4e-3]),
    choice('image .40', { 'image.maskRatio': 0.4 }),
    choice('image .65', { 'image.maskRatio': 0.65 }),
    choice('image .75', { 'image.maskRatio': 0.75 }),
    choice('image .50, normalised patches', { 'image.maskRatio': 0.5, 'loss.normalizeTargets': true }),
  ],
  m3ae: [
    choice('image .50, text .90', { 'image.maskRatio': 0.5, 'text.maskRatio': 0.9 }, rates),
    choice('image .50, text .75', { 'image.maskRatio': 0.5, 'text.maskRatio': 0.75 }),
    choice('image .75, text .75', { 'image.maskRatio': 0.75, 'text.maskRatio': 0.75 }),
    choice('image .75, text .90', { 'image.maskRatio': 0.75, 'text.maskRatio': 0.9 }),
    choice('image .50, text .90, normalised patches', {
      'image.maskRatio': 0.5,
      'text.maskRatio': 0.9,
      'loss.normalizeTargets': true,
    }),
    choice('image .50, text .90, text weight .5', {
      'image.maskRatio': 0.5,
      'text.maskRatio': 0.9,
      'loss.textWeight': 0.5,
    }),
  ],
  clip: [
    choice('decay .05', { 'optimizer.weightDecay': 0.05 }, [...rates, 2.5e-4]),
    choice('decay .2', { 'optimizer.weightDecay': 0.2 }, [1e-3, 5e-4]),
    choice('decay .05, mean', { 'optimizer.weightDecay': 0.05, 'model.pooling': 'mean' }),
    choice('decay .2, mean', { 'optimizer.weightDecay': 0.2, 'model.pooling': 'mean' }),
  ],
  supervised: [
    choice('plain', {}, rates),
    choice('smoothing .1', { 'augment.labelSmoothing': 0.1, 'model.dropPath': 0.1 }),
    choice('mixup .8', { 'augment.mixup': 0.8, 'augment.cutmix': 1, 'augment.labelSmoothing': 0.1 }),
    choice('smoothing .1, mean', {
      'augment.labelSmoothing': 0.1,
      'model.dropPath': 0.1,
      'model.pooling': 'mean',
    }),
    choice('mean', { 'model.pooling': 'mean' }),
    choice('decay .2', { 'optimizer.weightDecay': 0.2 }),
  ],
};

const labels: Record<string, string> = { mae: 'MAE', m3ae: 'M3AE', clip: 'CLIP', supervised: 'supervised' };

const trials = Object.entries(choices).flatMap(([method, tried]) =>
  tried.flatMap(({ label, rates, set }, place) =>
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
  base: 'emoji-tiny',
  set: { 'train.steps': steps },
  seeds: [0],
  jobs: 2,
  threads: 1,
  variants: Object.fromEntries(trials.map(({ name, variant }) => [name, variant])),
  evaluations: { probe: { options: { features: 'mean,cls,both', l2: penalties.join() } } },
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
} satisfies StudyInput;
