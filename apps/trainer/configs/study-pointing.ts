/**
 * Whether words can be made to point at their own emoji: masks tried on scenes alone, chosen on validation scenes.
 *
 * Run:    m3ae study configs/study-pointing.ts --jobs 2
 * Takes:  40 min of computing, one thread each, commit 1a24497
 * Gives:  none points: .336, .299, .325 on validation scenes; chance .178, boxes of other words .315, .263, .328
 */

const steps = 3000;
const scenes = { kind: 'scenes', length: 20_000 };

/** Shares of patches and of word pieces that are hidden. */
const masks = [
  [0.5, 0.9],
  [0.75, 0.75],
  [0.75, 0.25],
] as const;

const trials = masks.map(([image, text]) => ({
  name: `image${100 * image}-text${100 * text}`,
  variant: {
    label: `image mask ${image}, text mask ${text}`,
    set: { 'data.source': scenes, 'image.maskRatio': image, 'text.maskRatio': text },
  },
}));

const figure = (name: string) => `attention.results.validation.${name}`;

export default {
  name: 'pointing',
  title: 'From a word to its place: masks tried on scenes alone',
  base: './emoji-tiny.ts',
  set: { 'train.steps': steps },
  seeds: [0],
  jobs: 2,
  threads: 1,
  variants: Object.fromEntries(trials.map(({ name, variant }) => [name, variant])),
  evaluations: { attention: {} },
  tables: [
    {
      id: 'pointing',
      title: 'Pointing accuracy on validation scenes, by masks',
      note: 'One seed. The map is the best of all blocks and heads in both directions, chosen on the same scenes.',
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
};
