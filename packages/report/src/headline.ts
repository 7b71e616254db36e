import { duration, pluralize } from '@m3ae/errors';
import type { NeighborResults, ProbeResults, SplitAccuracy } from '@m3ae/evaluation/probe';
import { percent } from './escape.js';
import type { Card } from './page.js';

/** What {@link headlineCards} tells of a training. */
export interface Headline {
  readonly probe?: ProbeResults;
  readonly knn?: NeighborResults;
  readonly training: { readonly steps: number; readonly batchSize: number; readonly seconds: number };
  /** Its size: all parameters, blocks of the encoder and their width. */
  readonly model: { readonly parameters: number; readonly depth: number; readonly embedDim: number };
}

/** The best features on the first test part, beside raw pixels. */
function accuracyCard(label: string, results: ProbeResults | NeighborResults | undefined): Card[] {
  const [test] = results?.tests ?? [];
  if (results === undefined || test === undefined) return [];
  const features: Readonly<Record<string, { tests: Readonly<Record<string, SplitAccuracy>> } | undefined>> =
    results.features;
  const { value } = features[results.best]!.tests[test.key]!.top1;
  const { pixels } = features;
  const baseline = pixels === undefined ? 'not measured' : percent(pixels.tests[test.key]!.top1.value);
  const note = results.best === 'pixels' ? 'of raw pixels alone' : `raw pixels ${baseline}`;
  return [{ label: `${label}, ${test.name}`, value: percent(value), note }];
}

/** The main figures of a training: what its features are worth, how long it took, how large its model is. */
export function headlineCards({ probe, knn, training, model }: Headline): Card[] {
  return [
    ...accuracyCard('Linear accuracy', probe),
    ...accuracyCard('k-NN accuracy', knn),
    {
      label: 'Training',
      value: pluralize(training.steps, 'step'),
      note: `of ${pluralize(training.batchSize, 'example')}, in ${duration(training.seconds)}`,
    },
    {
      label: 'Parameters',
      value: `${(model.parameters / 1e6).toPrecision(3)} M`,
      note: `${pluralize(model.depth, 'encoder block')} of width ${model.embedDim}`,
    },
  ];
}
