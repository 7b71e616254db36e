import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, relative, sep } from 'node:path';
import { writeWhole } from '@m3ae/checkpoint/files';
import { faultOf, InvalidInput, invalidField, nearestHint } from '@m3ae/errors';

const marked = /<!-- study:([\w-]+) -->[\s\S]*?<!-- \/study -->/g;

/** What may stand between markers of a name; undefined for a table that was not asked for this time. */
export type MarkdownOf = (name: string) => string | undefined;

/**
 * Replaces what stands between `<!-- study:NAME -->` and `<!-- /study -->`, and nothing else.
 *
 * @param names - All that markers may name.
 * @throws InvalidInput for text without markers, or with a name that is not known.
 */
export function fillMarkers(text: string, names: readonly string[], markdownOf: MarkdownOf): string {
  const found = [...text.matchAll(marked)].map(([, name]) => name!);
  const faults = found
    .filter((name) => !names.includes(name))
    .map((name) => faultOf('marker', 'the id of a table, or "verdicts"', name, nearestHint(name, names)));
  if (found.length === 0) {
    const remedy = 'Write <!-- study:methods --> and <!-- /study --> where a table shall stand.';
    faults.push(faultOf('markdown', 'a text with markers', 'one without', remedy));
  }
  if (faults.length > 0) throw new InvalidInput(faults);
  return text.replace(marked, (before: string, name: string) => {
    const markdown = markdownOf(name);
    return markdown === undefined ? before : `<!-- study:${name} -->\n\n${markdown}\n\n<!-- /study -->`;
  });
}

/** Path from a Markdown file to another file, with forward slashes. */
export function linkFrom(file: string, target: string): string {
  return relative(dirname(file), target).split(sep).join('/');
}

/**
 * Refuses a file whose markers cannot be filled, before anything is computed for them.
 *
 * @throws InvalidInput if it is missing or has no markers of these names.
 */
export function requireMarkers(file: string, names: readonly string[]): void {
  fillMarkers(readMarkdown(file), names, () => undefined);
}

/** Fills the markers of a file. */
export function fillMarkdownFile(file: string, names: readonly string[], markdownOf: MarkdownOf): void {
  writeWhole(file, fillMarkers(readMarkdown(file), names, markdownOf));
}

function readMarkdown(file: string): string {
  if (existsSync(file) && statSync(file).isFile()) return readFileSync(file, 'utf8');
  throw invalidField('markdown', 'a file', file, 'Write it first, with markers where tables shall stand.');
}
