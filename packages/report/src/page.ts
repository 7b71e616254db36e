const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Text that may stand in HTML, in an element or a quoted attribute.
 *
 * @example
 * ```ts
 * escapeHtml('a < b'); // 'a &lt; b'
 * ```
 */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}

/** The page's looks: system fonts, one column on a phone, light or dark as the reader's machine asks. */
export const styles = `
:root { color-scheme: light dark; --page: #fbfbfa; --card: #ffffff; --ink: #1d1f23; --soft: #5c626d; --line: #e2e3e6; --accent: #2f5fc4; --good: #1a7f4b; --hide: #eceef2; }
@media (prefers-color-scheme: dark) {
  :root { --page: #15171b; --card: #1d2026; --ink: #e8e9ec; --soft: #a2a8b4; --line: #32363e; --accent: #8fb1ff; --good: #5fd08f; --hide: #2a2e37; }
}
* { box-sizing: border-box; }
body { margin: 0; overflow-wrap: break-word; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: clamp(1.7rem, 5vw, 2.4rem); line-height: 1.15; letter-spacing: -0.02em; margin: 0 0 .4rem; }
h2 { font-size: 1.3rem; letter-spacing: -0.01em; margin: 3rem 0 .6rem; }
h3 { font-size: .95rem; font-weight: 600; margin: 0 0 .4rem; }
p { max-width: 70ch; margin: .4rem 0 1rem; }
.soft, figcaption, .note { color: var(--soft); }
.note, figcaption, td small { font-size: .85rem; }
a { color: var(--accent); }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 4px; }
.headline { display: flex; flex-wrap: wrap; gap: .9rem; margin: 1.6rem 0 0; padding: 0; }
.headline div { flex: 1 1 10rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1rem 1.1rem; }
.headline dt { color: var(--soft); font-size: .85rem; }
.headline dd { margin: 0; }
.headline .value { font-size: 1.6rem; white-space: nowrap; font-weight: 650; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.headline .note { margin: .1rem 0 0; }
.curves { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); gap: 1rem; }
.curves figure { margin: 0; overflow: hidden; background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: .9rem 1rem .6rem; }
.curves svg { width: 100%; height: auto; display: block; font-family: inherit; }
.map { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1rem; overflow-x: auto; }
.map svg { width: 100%; min-width: 34rem; max-width: 60rem; height: auto; display: block; margin: 0 auto; font-family: inherit; }
.confusion { margin: .8rem 0; }
.confusion svg { max-width: 100%; height: auto; }
.legend span { margin-right: 1.2rem; }
.legend i { display: inline-block; width: 1.4em; height: .2em; vertical-align: middle; margin-right: .4em; border-radius: 2px; }
.gallery { columns: 2 24rem; column-gap: 1rem; }
.gallery article { break-inside: avoid; margin: 0 0 1rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1rem; }
.pictures { display: grid; grid-template-columns: repeat(3, 1fr); gap: .6rem; margin: 0 0 .7rem; }
.pictures figure { margin: 0; }
.gallery article > :last-child { margin-bottom: 0; }
.pictures img { width: 100%; height: auto; aspect-ratio: 1; image-rendering: pixelated; border-radius: 6px; border: 1px solid var(--line); display: block; background: #fff; }
.attention .pictures { grid-template-columns: repeat(12, minmax(0, 1fr)); }
.attention figure { grid-column: span var(--wide); }
.words-shaded mark { color: inherit; background: color-mix(in srgb, #d9482e var(--shade), transparent); border: 1px solid var(--line); border-radius: 5px; padding: .05rem .4rem; }
.pictures figcaption { text-align: center; margin-top: .2rem; }
.words { line-height: 2.1; margin: 0; padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: .15rem .45rem; }
.words li { line-height: 1.3; }
.words .hidden { background: var(--hide); border-radius: 6px; padding: .1rem .45rem; }
.words .right b { color: var(--good); }
.words del { color: var(--soft); }
.scroll { position: relative; overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .55rem .9rem; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child > * { border-bottom: 0; }
thead th { font-size: .85rem; color: var(--soft); font-weight: 600; }
tbody th { font-weight: 500; }
td.number, th.number { text-align: right; white-space: nowrap; }
td small { color: var(--soft); display: block; }
tr.learned { background: color-mix(in srgb, var(--accent) 7%, transparent); }
td.best { font-weight: 700; }
tbody th { min-width: 9rem; }
tbody th small.note { font-weight: 400; }
@media (max-width: 40rem) {
  .attention figure { grid-column: span var(--narrow); }
  table, tbody, tr { display: block; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tbody tr { padding: .7rem .9rem; border-bottom: 1px solid var(--line); }
  tbody tr:last-child { border-bottom: 0; }
  tbody th, tbody td, td.number { display: block; padding: 0; border: 0; }
  tbody th { padding-bottom: .3rem; font-weight: 600; }
  tbody td, td.number { display: grid; grid-template-columns: 1fr 1fr; gap: 0 .8rem; padding: .15rem 0; text-align: left; white-space: normal; }
  tbody td::before { content: attr(data-column); grid-row: span 6; color: var(--soft); font-size: .85rem; }
  tbody td > * { grid-column: 2; justify-self: start; }
  tbody td:empty { display: none; }
}
details { border: 1px solid var(--line); border-radius: 12px; background: var(--card); padding: .7rem 1rem; margin: .8rem 0; }
summary { cursor: pointer; font-weight: 600; }
pre { overflow-x: auto; font: .82rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; margin: .8rem 0 .2rem; }
pre.command { white-space: pre-wrap; overflow-wrap: anywhere; margin: .2rem 0 1rem; }
@media print { body { background: #fff; } .gallery article, .curves figure { break-inside: avoid; } }
`;

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
