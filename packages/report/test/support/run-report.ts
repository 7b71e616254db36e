import type { NeighborResults, ProbeResults } from '@m3ae/evaluation/probe';
import type { RunReport } from '../../src/index.js';

/** A share with an interval around it. */
export function share(value: number) {
  return { value, low: value - 0.1, high: value + 0.1, count: 100 };
}
const feature = (dimensions: number, value: number) => ({
  dimensions,
  validation: share(0.5),
  tests: { unseen: { top1: share(value), top5: share(0.8) } },
});
const common = {
  best: 'mean',
  chosenOn: 'validation',
  classes: 9,
  trainExamples: 500,
  tests: [{ key: 'unseen', name: 'unseen emoji', note: 'Never trained on.', length: 100, majority: 0.1 }],
  details: {
    unseen: {
      perClass: [
        { label: 0, name: '<cats>', recall: share(0.4), precision: 0.25, f1: 0.31 },
        { label: 1, name: 'dogs', recall: share(0.9), precision: 0.75, f1: 0.82 },
      ],
      confusion: [
        [0, 0, 40],
        [0, 1, 60],
        [1, 1, 90],
        [1, 0, 10],
      ],
    },
  },
} as const;
const versions = { m3ae: '1', node: '20', platform: 'linux x64', cpu: 'a cpu', onnxruntime: '1', tfjs: '4' };
const probe: ProbeResults = {
  ...common,
  features: { mean: { ...feature(8, 0.4), l2: 1 }, pixels: { ...feature(12, 0.2), l2: 2 } },
};
const knn: NeighborResults = {
  ...common,
  features: { mean: { ...feature(8, 0.4), neighbors: 1 }, pixels: { ...feature(12, 0.4), neighbors: 5 } },
};

/** What a small run has to show: probe, nearest neighbors and a gallery of one. */
export const runReport: RunReport = {
  title: 'M3AE: <script>alert(1)</script>',
  subtitle: 'a & b',
  method: 'M3AE',
  inline: (name) => `data:image/png;base64,${name}`,
  scheduled: [],
  headline: [{ label: 'Linear accuracy', value: '40.0 %', note: 'raw pixels 30.0 %' }],
  metrics: Array.from({ length: 30 }, (_, i) => ({ step: i + 1, loss: 1 / (i + 1), textAccuracy: i / 30 })),
  validation: [
    { step: 15, loss: 0.2 },
    { step: 30, loss: 0.1 },
  ],
  gallery: {
    imageMaskRatio: 0.75,
    textMaskRatio: 0.5,
    side: 48,
    textAccuracy: [{ input: 'paired', part: 'unseen emoji', share: 0.5 }],
    items: [
      {
        input: 'paired',
        part: 'unseen emoji',
        source: 'noto 1f408 (cat)',
        caption: 'a "cat"',
        original: 'data:image/png;base64,AA==',
        hidden: 'data:image/png;base64,AA==',
        rebuilt: 'data:image/png;base64,AA==',
        error: 0.25,
        pieces: [
          { piece: 'cat', hidden: false, guesses: [] },
          { piece: 'face', hidden: true, guesses: [{ piece: 'face', probability: 0.9 }] },
          {
            piece: 'pet',
            hidden: true,
            guesses: [
              { piece: 'animal', probability: 0.3 },
              { piece: 'pet', probability: 0.2 },
            ],
          },
        ],
      },
    ],
  },
  evaluations: { probe, knn },
  evaluationNote: null,
  parts: [{ name: 'training', length: 5991, note: 'What the model learns from.' }],
  licenses: [{ name: 'Noto Emoji', author: 'Google Inc', license: 'Apache 2.0' }],
  skipped: ['broken.jpg: it is truncated'],
  skippedCount: 3,
  commands: [
    {
      command: "m3ae pretrain 'my run.ts'",
      folder: '/home/ada',
      date: '2026-01-31T12:00:00Z',
      commit: 'abc+',
    },
  ],
  config: { seed: 0 },
  versions,
};
