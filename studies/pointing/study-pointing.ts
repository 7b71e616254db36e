/**
 * Whether words can be made to point at their own emoji: masks and names tried on scenes alone.
 * Chosen on validation scenes.
 *
 * Run:    npx @m3ae/trainer study study-pointing --jobs 2
 * Takes:  74 min of computing, one thread each, commits 1a24497, 59f2fae and ad1b7db
 * Gives:  on validation scenes, chance .178: 1,163 names .336, .299, .325 (boxes of other words .315, .263, .328);
 *         230 names .493, .485 at seed 0 (.218, .216), but .348 at seed 1 (.320): some seeds need more steps
 */
import type { StudyInput } from '@m3ae/trainer';

const steps = 3000;
/** 1,163 names, and scenes that come back after a ninth of the training. */
const scenes = { kind: 'scenes', length: 20_000 };
/** 230 names, each seen five times as often; no scene comes back. */
const animalsAndFood = { kind: 'scenes', groups: ['animals-nature', 'food-drink'], length: 200_000 };

const trial = (
  name: string,
  source: object,
  image: number,
  text: number,
  { words = '', seeds = [0] }: { words?: string; seeds?: number[] } = {},
) => ({
  name,
  label: `${words}image mask ${image}, text mask ${text}`,
  set: { 'data.source': source, 'image.maskRatio': image, 'text.maskRatio': text },
  seeds,
});

const words = 'animals and food, ';

/** Shares of patches and of word pieces that are hidden, and what scenes are composed of. */
const trials = [
  trial('image50-text90', scenes, 0.5, 0.9),
  trial('image75-text75', scenes, 0.75, 0.75),
  trial('image75-text25', scenes, 0.75, 0.25),
  trial('few-image50-text75', animalsAndFood, 0.5, 0.75, { words, seeds: [0, 1] }),
  trial('few-image50-text50', animalsAndFood, 0.5, 0.5, { words }),
];

const figure = (name: string) => `attention.results.validation.${name}`;

export default {
  name: 'pointing',
  title: 'From a word to its place: masks and names tried on scenes alone',
  base: 'emoji-tiny',
  set: { 'train.steps': steps },
  seeds: [0],
  jobs: 2,
  threads: 1,
  variants: Object.fromEntries(trials.map(({ name, ...variant }) => [name, variant])),
  evaluations: { attention: {} },
  tables: [
    {
      id: 'pointing',
      title: 'Pointing accuracy on validation scenes, by masks',
      note: 'One seed, two of the best. The map is the best of all blocks and heads in both directions, chosen on the same scenes.',
      rows: trials.map(({ name }) => ({ variant: name, series: 'M3AE' })),
      metrics: [
        { id: 'accuracy', title: 'pointing accuracy', path: figure('accuracy.value') },
        { title: 'chance', path: figure('chance') },
        { title: 'shuffled boxes', path: figure('control.value') },
      ],
      choose: 'accuracy',
      plot: { kind: 'dots', x: 'share of words (%)' },
    },
  ],
} satisfies StudyInput;
