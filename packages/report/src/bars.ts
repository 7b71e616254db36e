import { escapeHtml } from './escape.js';

/** One bar: its name and its length. */
export interface Bar {
  readonly name: string;
  readonly count: number;
}

/** Rules of CSS for {@link barsHtml}. */
export const barStyles = `
.bars { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); gap: 1rem; }
.bars figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: .9rem 1rem; }
.bars figcaption { color: var(--ink); font-weight: 600; margin-bottom: .4rem; }
.bars dl { display: grid; grid-template-columns: minmax(4rem, auto) 1fr auto; gap: .15rem .6rem; align-items: center; margin: 0; font-size: .85rem; font-variant-numeric: tabular-nums; }
.bars dt { color: var(--soft); overflow-wrap: anywhere; }
.bars dd { margin: 0; text-align: right; }
.bars dd.bar { height: .7rem; border-radius: 3px; background: linear-gradient(var(--accent) 0 0) left / var(--share) 100% no-repeat; }
`;

/** A chart of bars as HTML; a reader of the screen hears names and counts. */
export function barsHtml(title: string, bars: readonly Bar[]): string {
  const most = Math.max(1, ...bars.map(({ count }) => count));
  const rows = bars.map(({ name, count }) => {
    const share = ((100 * count) / most).toFixed(1);
    return `<dt>${escapeHtml(name)}</dt><dd class="bar" style="--share: ${share}%" aria-hidden="true"></dd><dd>${count.toLocaleString('en')}</dd>`;
  });
  return `<figure><figcaption>${escapeHtml(title)}</figcaption><dl>${rows.join('')}</dl></figure>`;
}
