import { duration, pluralize } from '@m3ae/errors';
import type {
  ClassifierResults,
  FeatureAccuracy,
  FeatureName,
  FineTuneResults,
  NeighborResults,
  ProbeResults,
  ReferenceProbeResults,
  SplitAccuracy,
} from '@m3ae/evaluation/probe';
import { type Card, escapeHtml, sectionHtml } from '../page.js';
import {
  columnHeads,
  headWithNote,
  numberCell,
  percent,
  shareCell,
  tableHtml,
  type TableRow,
} from '../table.js';
import { classDetails } from './class-details.js';

/** What features are, in words. */
function featureWords(name: FeatureName, method: string): string {
  const words = {
    mean: `${method} encoder, mean of the patch tokens`,
    cls: `${method} encoder, CLS token`,
    both: `${method} encoder, both`,
    pixels: 'raw pixels',
  };
  return words[name];
}

/** A table of classifiers on features, with the setting that was chosen for each. */
function accuracyTable<Setting>(
  { features, tests }: Pick<ClassifierResults<Setting>, 'features' | 'tests'>,
  settingOf: (feature: FeatureAccuracy & Setting) => string,
  method: string,
  caption: string,
): string {
  const best = (key: string) =>
    Math.max(...Object.values(features).map(({ tests }) => tests[key]!.top1.value));
  const rows = Object.entries(features).map(([name, feature]): TableRow => ({
    head: headWithNote(
      featureWords(name as FeatureName, method), // entries forgets the names
      `${pluralize(feature.dimensions, 'number')}, ${settingOf(feature)}`,
    ),
    cells: tests.map(({ key }) => {
      const { top1 } = feature.tests[key]!;
      return { ...shareCell(top1), best: top1.value === best(key) };
    }),
    ...(name !== 'pixels' && { kind: 'learned' }),
  }));
  const majority = tests.map((test) => numberCell(percent(test.majority)));
  const heads = tests.map(({ name, length, unreadable }) => ({
    lines: [
      name,
      pluralize(length, 'picture'),
      ...(unreadable === undefined ? [] : [`${unreadable} unreadable`]),
    ],
  }));
  const always = { head: 'always the most frequent class', cells: majority };
  return `<h3>${caption}</h3>${tableHtml('Features', heads, [...rows, always])}`;
}

const neighborWords = (count: number) => (count === 1 ? 'the nearest one' : `the nearest ${count}`);

/**
 * The section with the accuracy of the frozen encoder beside that of raw pixels.
 *
 * @param method - Its short name, e.g. `M3AE`.
 */
export function classifiersSection(
  {
    probe,
    knn: neighbors,
    'probe-reference': reference,
  }: {
    readonly probe?: ProbeResults;
    readonly knn?: NeighborResults;
    readonly 'probe-reference'?: ReferenceProbeResults;
  },
  method: string,
): string {
  const any = probe ?? neighbors ?? reference;
  if (any === undefined) return '';
  const tests = any.tests
    .map(({ name, note }) => `<strong>${escapeHtml(name)}</strong>: ${escapeHtml(note)}`)
    .join(' ');
  const tables = [
    probe &&
      accuracyTable(
        probe,
        ({ l2 }) => `penalty ${l2}`,
        method,
        'Linear classifier (logistic regression): share named right',
      ),
    neighbors &&
      accuracyTable(
        neighbors,
        (feature) => neighborWords(feature.neighbors),
        method,
        'Nearest neighbors (cosine, weighted): share named right',
      ),
    reference &&
      accuracyTable(
        reference,
        ({ epochs, best }) => `epoch ${epochs}; best on validation: ${best.epoch}`,
        method,
        'Linear probe of the reference (batch normalization, LARS), after the last epoch: share named right',
      ),
  ];
  return sectionHtml(
    'evaluation',
    'What the encoder has learned',
    `<p>The encoder is frozen and sees whole pictures, without text and without hiding. A simple classifier on its features has to name one of ${pluralize(any.classes, 'class')},
having learned from ${pluralize(any.trainExamples, 'picture')}; its setting is chosen on the validation part alone. ${tests} Small figures are 95 % intervals.</p>`,
    tables.filter((table) => table !== undefined).join('\n<br>\n'),
    probe === undefined
      ? ''
      : classDetails(
          probe.details,
          probe.tests,
          `linear classifier, ${featureWords(probe.best, method)}`,
          probe.classNames,
        ),
  );
}

/** The section on the model trained on from the encoder. */
export function fineTuneSection(results: FineTuneResults): string {
  const { parts, tests, classes, classNames, trainExamples, steps, details } = results;
  const rows = parts.map(({ key, name, length, majority }) => ({
    head: headWithNote(name, pluralize(length, 'picture')),
    cells: [shareCell(tests[key]!.top1), shareCell(tests[key]!.top5), numberCell(percent(majority))],
  }));
  const heads = ['first guess right', 'one of five', 'always the most frequent class'];
  return sectionHtml(
    'finetune',
    'Fine-tuned',
    `<p>A classifier of ${pluralize(classes, 'class')} trained from this encoder on, all of its weights, for ${pluralize(steps, 'step')} on ${pluralize(trainExamples, 'picture')}; measured after the last step. Small figures are 95 % intervals.</p>`,
    tableHtml('Pictures', columnHeads(heads), rows),
    classDetails(details, parts, 'fine-tuned model', classNames),
  );
}

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
