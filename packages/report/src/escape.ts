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

/** A share as a per cent figure with one decimal: 0.4567 is `45.7 %`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
