import { pluralize } from '@m3ae/errors';
import type { Accuracy } from '@m3ae/evaluation';
import type {
  FeatureAccuracy,
  FeatureName,
  NeighbourResults,
  ProbeResults,
  ReferenceProbeResults,
  TestPart,
} from '../evaluation/types.js';
import { escapeHtml, percent } from './escape.js';
import { detailsOf } from './page-details.js';

/** A share with its interval in small print. */
export function accuracyCell(result: Accuracy, best: boolean): string {
  return `<td class="number${best ? ' best' : ''}">${percent(result.value)}<small>${percent(result.low)} – ${percent(result.high)}</small></td>`;
}

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

function table(rows: readonly Row[], tests: readonly TestPart[], method: string, caption: string): string {
  const best = (key: string) => Math.max(...rows.map(({ feature }) => feature.tests[key]!.top1.value));
  const lines = rows.map(({ name, setting, feature }) => {
    const cells = tests.map(({ key }) => {
      const { top1 } = feature.tests[key]!;
      return accuracyCell(top1, top1.value === best(key));
    });
    return `<tr${name === 'pixels' ? '' : ' class="learned"'}><th scope="row">${escapeHtml(featureWords(name, method))}<small class="note"><br>${pluralize(feature.dimensions, 'number')}, ${setting}</small></th>${cells.join('')}</tr>`;
  });
  const heads = tests.map(
    ({ name, length }) =>
      `<th scope="col" class="number">${escapeHtml(name)}<br>${pluralize(length, 'picture')}</th>`,
  );
  const majority = tests.map((test) => `<td class="number">${percent(test.majority)}</td>`);
  return `<h3>${caption}</h3><div class="scroll"><table><thead><tr><th scope="col">Features</th>${heads.join('')}</tr></thead><tbody>
${lines.join('\n')}
<tr><th scope="row">always the most frequent class</th>${majority.join('')}</tr></tbody></table></div>`;
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

const neighbourWords = (count: number) => (count === 1 ? 'the nearest one' : `the nearest ${count}`);

/** The section with the accuracy of the frozen encoder beside that of raw pixels. */
export function evaluationSection(
  probe: ProbeResults | undefined,
  neighbours: NeighbourResults | undefined,
  reference: ReferenceProbeResults | undefined,
  method: string,
): string {
  const any = probe ?? neighbours ?? reference;
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
    neighbours &&
    table(
      entries(neighbours.features, (feature) => neighbourWords(feature.neighbours)),
      neighbours.tests,
      method,
      'Nearest neighbours (cosine, weighted): share named right',
    );
  const slow =
    reference &&
    table(
      entries(reference.features, ({ epochs, best }) => `epoch ${epochs}; best on validation: ${best.epoch}`),
      reference.tests,
      method,
      'Linear probe of the reference (batch normalisation, LARS), after the last epoch: share named right',
    );
  return `<section aria-labelledby="evaluation"><h2 id="evaluation">What the encoder has learned</h2>
<p>The encoder is frozen and sees whole pictures, without text and without hiding. A simple classifier on its features has to name one of ${pluralize(any.classes, 'class')},
having learned from ${pluralize(any.trainExamples, 'picture')}; its setting is chosen on the validation part alone. ${tests} Small figures are 95 % intervals.</p>
${[linear, nearest, slow].filter((part) => part !== undefined).join('\n<br>\n')}
${probe === undefined ? '' : detailsOf(probe.details, probe.tests, `linear classifier, ${featureWords(probe.best, method)}`)}
</section>`;
}
