import { pluralize } from '@m3ae/errors';
import type {
  FeatureAccuracy,
  FeatureName,
  FineTuneResults,
  NeighborResults,
  ProbeResults,
  ReferenceProbeResults,
  TestSplit,
} from '@m3ae/evaluation/probe';
import { escapeHtml, percent } from '../escape.js';
import { sectionHtml } from '../page.js';
import { columnHeads, headWithNote, numberCell, shareCell, tableHtml } from '../table.js';
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

/** A row of a table: features, the setting chosen for them, and shares by test part. */
interface Row {
  readonly name: FeatureName;
  readonly setting: string;
  readonly feature: FeatureAccuracy;
}

function table(rows: readonly Row[], tests: readonly TestSplit[], method: string, caption: string): string {
  const best = (key: string) => Math.max(...rows.map(({ feature }) => feature.tests[key]!.top1.value));
  const lines = rows.map(({ name, setting, feature }) => ({
    head: headWithNote(featureWords(name, method), `${pluralize(feature.dimensions, 'number')}, ${setting}`),
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
  return `<h3>${caption}</h3>${tableHtml('Features', heads, [
    ...lines,
    { head: 'always the most frequent class', cells: majority },
  ])}`;
}

function entries<Setting>(
  features: Readonly<Partial<Record<FeatureName, FeatureAccuracy & Setting>>>,
  words: (setting: FeatureAccuracy & Setting) => string,
): Row[] {
  return Object.entries(features).map(([name, feature]) => ({
    name: name as FeatureName,
    setting: words(feature),
    feature,
  }));
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
  const linear =
    probe &&
    table(
      entries(probe.features, ({ strength }) => `penalty ${strength}`),
      probe.tests,
      method,
      'Linear classifier (logistic regression): share named right',
    );
  const nearest =
    neighbors &&
    table(
      entries(neighbors.features, (feature) => neighborWords(feature.neighbors)),
      neighbors.tests,
      method,
      'Nearest neighbors (cosine, weighted): share named right',
    );
  const slow =
    reference &&
    table(
      entries(reference.features, ({ epochs, best }) => `epoch ${epochs}; best on validation: ${best.epoch}`),
      reference.tests,
      method,
      'Linear probe of the reference (batch normalization, LARS), after the last epoch: share named right',
    );
  return sectionHtml(
    'evaluation',
    'What the encoder has learned',
    `<p>The encoder is frozen and sees whole pictures, without text and without hiding. A simple classifier on its features has to name one of ${pluralize(any.classes, 'class')},
having learned from ${pluralize(any.trainExamples, 'picture')}; its setting is chosen on the validation part alone. ${tests} Small figures are 95 % intervals.</p>`,
    [linear, nearest, slow].filter((part) => part !== undefined).join('\n<br>\n'),
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
