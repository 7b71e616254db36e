/**
 * When rate, batch and steps are too little to learn anything: three sizes of model on 400 pictures with captions.
 *
 * The measure is the training loss at the end over that of guessing without looking: the mean color for pictures, how often
 * each piece occurs for words.
 *
 * Run:    npx @m3ae/trainer study study-learning-rate
 * Takes:  49 min, one thread, beside other work (2 cores of an AMD EPYC); commit fa59ec8
 * Gives:  pictures at 94 % and more of guessing up to a summed rate of .048, 93 % at .12, 77 % at .36 (studies/learning-rate/results.md)
 */
import type { StudyInput } from '@m3ae/trainer';

type Settings = Record<string, unknown>;

/** Sizes of the model, from .8 to 47 million parameters. */
const sizes: Record<string, { label: string; set: Settings }> = {
  tiny: { label: '.8 M', set: {} },
  middle: {
    label: '5 M',
    set: {
      'model.embedDim': 256,
      'model.depth': 6,
      'model.heads': 4,
      'model.decoderDepth': 2,
    },
  },
  vits: { label: 'ViT-S', set: { model: { size: 'small' } } },
};

/** Rate of an update at its peak and number of updates, by size and batch. */
const trials: [size: string, batch: number, tried: [rate: number, steps: number][]][] = [
  [
    'tiny',
    32,
    [
      [1e-4, 60],
      [1e-4, 240],
      [1e-3, 60],
      [4e-4, 240],
      [1e-3, 240],
      [1e-3, 720],
    ],
  ],
  [
    'tiny',
    8,
    [
      [1e-3, 60],
      [1e-3, 240],
    ],
  ],
  [
    'tiny',
    128,
    [
      [1e-4, 60],
      [1e-3, 60],
    ],
  ],
  [
    'middle',
    16,
    [
      [1e-4, 60],
      [3e-4, 60],
      [1e-3, 60],
      [1e-3, 180],
    ],
  ],
  [
    'vits',
    8,
    [
      [1e-4, 20],
      [1e-3, 20],
      [1e-3, 40],
    ],
  ],
];

const runs = trials.flatMap(([size, batch, tried]) =>
  tried.map(([rate, steps]) => ({
    name: `${size}-${batch}-${rate}-${steps}`,
    series: `${sizes[size]!.label}, batch ${batch}`,
    label: `${sizes[size]!.label}, batch ${batch}, rate ${rate}, ${steps} steps`,
    // Half of the peak on average: a short rise, then a cosine.
    sum: (rate * steps) / 2,
    set: {
      ...sizes[size]!.set,
      'train.batchSize': batch,
      'train.steps': steps,
      'optimizer.peakLearningRate': rate,
    },
  })),
);

const share = (name: string) => `pretrain.finished.losses.${name}.share`;

export default {
  name: 'learning-rate',
  title: 'How much learning rate a run needs',
  base: 'emoji-tiny',
  set: {
    'data.source': { kind: 'scenes', length: 400 },
    'text.maskRatio': 0.75,
    'optimizer.warmup': { share: 0.05 },
  },
  seeds: [0],
  variants: Object.fromEntries(runs.map(({ name, label, set }) => [name, { label, set }])),
  tables: [
    {
      id: 'learning-rate',
      title: 'Training loss at the end, as a share of that of guessing without looking',
      note: 'One seed; 400 scenes composed of emoji. The rate is that of one update, at its peak.',
      rows: runs.map(({ name, series, sum }) => ({ variant: name, series, x: sum })),
      metrics: [
        { id: 'pictures', title: 'pictures', path: share('imageLoss') },
        { title: 'words', path: share('textLoss') },
        { title: 'summed rate', path: 'pretrain.finished.summedRate', unit: '' },
        { title: 'minutes, one thread', path: 'pretrain.minutes', unit: '' },
      ],
      plot: {
        kind: 'line',
        x: 'summed learning rate',
        y: 'share of the loss of guessing (%)',
        logarithmic: true,
      },
    },
  ],
} satisfies StudyInput;
