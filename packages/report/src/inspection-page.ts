import { pluralize } from '@m3ae/errors';
import type { Histogram, InspectedSample, Inspection, Problems } from '@m3ae/prepare';
import { escapeHtml, foldedHtml, pageHtml, sectionHtml } from './page.js';
import { columnHeads, tableHtml, wordCell } from './table.js';

const sheetStyles = `
.sheet { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: 1rem; }
.sheet figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: .6rem; overflow-wrap: anywhere; }
.sheet img { width: 100%; height: 9rem; object-fit: contain; display: block; border-radius: 6px; background: var(--hide); }
.sheet figcaption { margin-top: .4rem; }
.sheet p { margin: .2rem 0; }
.sheet .place { font-size: .75rem; color: var(--soft); }
`;

const barStyles = `
.bars { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); gap: 1rem; }
.bars figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: .9rem 1rem; }
.bars figcaption { color: var(--ink); font-weight: 600; margin-bottom: .4rem; }
.bars dl { display: grid; grid-template-columns: minmax(4rem, auto) 1fr auto; gap: .15rem .6rem; align-items: center; margin: 0; font-size: .85rem; font-variant-numeric: tabular-nums; }
.bars dt { color: var(--soft); overflow-wrap: anywhere; }
.bars dd { margin: 0; text-align: right; }
.bars dd.bar { height: .7rem; border-radius: 3px; background: linear-gradient(var(--accent) 0 0) left / var(--share) 100% no-repeat; }
`;

/** Classes that have a bar; a table of all is folded away. */
const drawnClasses = 30;

const number = (value: number) => value.toLocaleString('en');
const short = (value: number) => Number(value.toFixed(2)).toString();

/** One bar: its name and its length. */
interface Bar {
  readonly name: string;
  readonly count: number;
}

/** A chart of bars as HTML; a reader of the screen hears names and counts. */
function barsHtml(title: string, bars: readonly Bar[]): string {
  const most = Math.max(1, ...bars.map(({ count }) => count));
  const rows = bars.map(({ name, count }) => {
    const share = ((100 * count) / most).toFixed(1);
    return `<dt>${escapeHtml(name)}</dt><dd class="bar" style="--share: ${share}%" aria-hidden="true"></dd><dd>${count.toLocaleString('en')}</dd>`;
  });
  return `<figure><figcaption>${escapeHtml(title)}</figcaption><dl>${rows.join('')}</dl></figure>`;
}

/** Intervals of whole numbers, or of any. */
function barsOf({ edges, counts }: Histogram, kind: 'whole' | 'any'): Bar[] {
  const bars = edges.map((edge, at) => {
    const end = edges[at + 1];
    if (end === undefined) return { name: `${short(edge)} or more`, count: counts[at]! };
    if (kind === 'any') return { name: `${short(edge)} to ${short(end)}`, count: counts[at]! };
    return { name: end - edge === 1 ? `${edge}` : `${edge} to ${end - 1}`, count: counts[at]! };
  });
  const filled = [...bars.keys()].filter((at) => bars[at]!.count > 0);
  return bars.slice(filled[0], (filled.at(-1) ?? -1) + 1);
}

function sampleHtml({ place, captions, label, image }: InspectedSample): string {
  const alt = captions[0] ?? `${place}, no caption`;
  const words =
    captions.length === 0
      ? '<p class="soft">no caption</p>'
      : captions.map((text) => `<p>${escapeHtml(text)}</p>`).join('');
  const name = label === undefined ? '' : `<p><b>${escapeHtml(label)}</b></p>`;
  return `<figure><img src="${image}" alt="${escapeHtml(alt)}" loading="lazy"><figcaption>${name}${words}<p class="place">${escapeHtml(place)}</p></figcaption></figure>`;
}

function problemsHtml(title: string, { count, first }: Problems): string {
  if (count === 0) return '';
  const rows = first.map(({ place, detail }) => ({ head: escapeHtml(place), cells: [wordCell(detail)] }));
  const more = count > first.length ? `<p class="note">and ${number(count - first.length)} more</p>` : '';
  return foldedHtml(
    `${title}: ${number(count)}`,
    tableHtml('example', columnHeads(['what was found'], { words: true }), rows) + more,
  );
}

function classesHtml(classes: Inspection['classes']): string {
  if (classes.length === 0) return '';
  const sorted = [...classes].sort((a, b) => b.count - a.count);
  const rest = sorted.slice(drawnClasses);
  const more = rest.map(({ name, count }) => `${escapeHtml(name)} ${number(count)}`).join(', ');
  return (
    barsHtml(`Classes: ${classes.length}`, sorted.slice(0, drawnClasses)) +
    (rest.length === 0 ? '' : foldedHtml(`${rest.length} further classes`, `<p>${more}</p>`))
  );
}

/** What data hold, as one page that needs no other file: histograms, problems, and a contact sheet with captions. */
export function inspectionPage(inspection: Inspection): string {
  const { sources, examples, notes, pictures, captions, classes, samples } = inspection;
  const { mean, std } = pictures.channels;
  const problems = pictures.unreadable.count + pictures.duplicates.count;
  const list =
    notes.length === 0 ? '' : `<ul>${notes.map((note) => `<li>${escapeHtml(note)}</li>`).join('')}</ul>`;
  const captionWords =
    captions.count === 0
      ? '<p>No captions.</p>'
      : `<p>${pluralize(captions.count, 'caption')}; ${pluralize(captions.missing, 'picture')} without one.</p>`;
  return pageHtml({
    title: sources.map(({ name }) => name).join(' + '),
    subtitle: `${pluralize(examples, 'example')}, of which ${pluralize(pictures.read + pictures.unreadable.count, 'picture')} looked at`,
    headline: [
      { label: 'examples', value: number(examples), note: pluralize(sources.length, 'source') },
      {
        label: 'captions',
        value: number(captions.count),
        note: `${number(captions.missing)} pictures without`,
      },
      {
        label: 'classes',
        value: number(classes.length),
        note: classes.length === 0 ? 'no labels' : 'by label',
      },
      {
        label: 'problems',
        value: number(problems),
        note: `in ${number(pictures.read + pictures.unreadable.count)} pictures`,
      },
    ],
    sections: [
      sectionHtml(
        'problems',
        'Problems',
        list,
        problemsHtml('Pictures that cannot be read', pictures.unreadable),
        problemsHtml('Pictures that look like an earlier one', pictures.duplicates),
        problems + notes.length === 0 ? '<p>None found.</p>' : '',
      ),
      sectionHtml(
        'histograms',
        'Sizes, captions, classes',
        captionWords,
        `<p class="note">Channel mean ${mean.map((value) => value.toFixed(4)).join(', ')}; deviation ${std.map((value) => value.toFixed(4)).join(', ')}.</p>`,
        `<div class="bars">${barsHtml('Shorter side in pixels', barsOf(pictures.shorterSides, 'whole'))}${barsHtml('Width over height', barsOf(pictures.aspects, 'any'))}${captions.count === 0 ? '' : barsHtml('Words of a caption', barsOf(captions.words, 'whole'))}${classesHtml(classes)}</div>`,
      ),
      sectionHtml('samples', 'Examples', `<div class="sheet">${samples.map(sampleHtml).join('\n')}</div>`),
    ],
    styles: barStyles + sheetStyles,
  });
}
