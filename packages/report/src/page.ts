import { escapeHtml } from './escape.js';
import { styles } from './styles.js';

/** A figure at the top of a page. */
export interface Card {
  readonly label: string;
  readonly value: string;
  /** What it is to be compared with, in small print. */
  readonly note: string;
}

/** A whole page. */
export interface Page {
  readonly title: string;
  /** Beneath the title. */
  readonly subtitle?: string;
  readonly headline?: readonly Card[];
  /** HTML of each, as {@link sectionHtml} gives it; empty ones are left out. */
  readonly sections: readonly string[];
  /** Rules of CSS after those of the page. */
  readonly styles?: string;
}

function headlineHtml(cards: readonly Card[]): string {
  const items = cards.map(
    ({ label, value, note }) =>
      `<div><dt>${escapeHtml(label)}</dt><dd class="value">${escapeHtml(value)}</dd><dd class="note">${escapeHtml(note)}</dd></div>`,
  );
  return items.length === 0 ? '' : `<dl class="headline">${items.join('')}</dl>`;
}

/**
 * A section with its heading.
 *
 * @param id - Of the heading, for links to it: `#id`.
 * @param content - HTML; empty parts are left out.
 */
export function sectionHtml(id: string, heading: string, ...content: readonly string[]): string {
  const name = escapeHtml(id);
  const body = content.filter((part) => part !== '').join('\n');
  return `<section aria-labelledby="${name}"><h2 id="${name}">${escapeHtml(heading)}</h2>\n${body}</section>`;
}

/**
 * What is folded away until it is asked for.
 *
 * @param content - HTML.
 */
export function foldedHtml(summary: string, content: string): string {
  return `<details><summary>${escapeHtml(summary)}</summary>${content}</details>`;
}

/** Text as it is, every space and line kept; data as JSON. */
export function listingHtml(content: unknown): string {
  const text = typeof content === 'string' ? content : JSON.stringify(content, null, 2);
  return `<pre tabindex="0">${escapeHtml(text)}</pre>`;
}

/**
 * One HTML page that needs no network, no script and no other file; light or dark as the reader's machine asks.
 *
 * @returns The page's text.
 *
 * @example
 * ```ts
 * pageHtml({ title: 'My run', sections: [sectionHtml('figures', 'Figures', tableHtml('Model', heads, rows))] });
 * ```
 */
export function pageHtml({ title, subtitle, headline = [], sections, styles: more = '' }: Page): string {
  const below = subtitle === undefined ? '' : `<p class="soft">${escapeHtml(subtitle)}</p>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${styles}${more}</style>
</head>
<body>
<main>
<header><h1>${escapeHtml(title)}</h1>${below}${headlineHtml(headline)}</header>
${sections.filter((section) => section !== '').join('\n')}
</main>
</body>
</html>
`;
}
