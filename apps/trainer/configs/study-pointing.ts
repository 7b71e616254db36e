/**
 * Whether words can be made to point at their own emoji: masks and lengths on scenes alone, chosen on validation scenes.
 *
 * Run:    m3ae study configs/study-pointing.ts --jobs 2
 * Takes:
 * Gives:
 */

const steps = 3000;
const rate = { 'optimizer.peakLearningRate': 1e-3 };
const scenes = { kind: 'scenes', length: 20_000 };

/** Shares of patches and of word pieces that are hidden. */
const masks = [
  [0.75, 0.75],
  [0.75, 0.25],
  [0.5, 0.9],
] as const;

const trials = masks.map(([image, text]) => ({
  name: `scenes-${100 * image}-${100 * text}`,
  variant: {
    label: `scenes alone, image mask ${image}, text mask ${text}`,
    set: { ...rate, 'data.source': scenes, 'image.maskRatio': image, 'text.maskRatio': text },
  },
}));

const best = 'attention.results.layers';

export default {
  name: 'pointing',
  title: 'From a word to its place: settings tried on validation scenes',
  base: './emoji-tiny.ts',
  set: { 'train.steps': steps },
  seeds: [0],
  jobs: 2,
  threads: 1,
  variants: Object.fromEntries(trials.map(({ name, variant }) => [name, variant])),
  evaluations: { attention: {} },
  tables: [],
};
