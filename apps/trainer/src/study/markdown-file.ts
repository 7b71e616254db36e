import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, relative, sep } from 'node:path';
import { InputError } from '../config/config-error.js';
import { suggest } from '../config/nearest-name.js';
import { writeWhole } from '@m3ae/checkpoint/files';

import { requireWritableFile } from '../run/writable.js';

const marked = /<!-- study:([\w-]+) -->[\s\S]*?<!-- \/study -->/g;

/** What may stand between markers of a name; undefined for a table that was not asked for this time. */
export type MarkdownOf = (name: string) => string | undefined;

/**
 * Replaces what stands between `<!-- study:NAME -->` and `<!-- /study -->`, and nothing else.
 *
 * @param names - All that markers may name.
 * @throws InputError for text without markers, or with a name that is not known.
 */
export function fillMarkers(text: string, names: readonly string[], markdownOf: MarkdownOf): string {
  const found = [...text.matchAll(marked)].map(([, name]) => name!);
  const faults = found
    .filter((name) => !names.includes(name))
    .map((name) => `study:${name} must name a table of the study, or "verdicts". ${suggest(name, names)}`);
  if (found.length === 0) {
    faults.push(
      'The file of --markdown must have markers; received none. Write <!-- study:methods --> and <!-- /study --> where a table shall stand.',
    );
  }
  if (faults.length > 0) throw new InputError(faults);
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
 * @throws InputError if it is missing, cannot be written or has no markers of these names.
 */
export function requireMarkdownFile(file: string, names: readonly string[]): void {
  fillMarkers(readMarkdown(file), names, () => undefined);
  requireWritableFile(file);
}

/** Fills the markers of a file. */
export function fillMarkdownFile(file: string, names: readonly string[], markdownOf: MarkdownOf): void {
  writeWhole(file, fillMarkers(readMarkdown(file), names, markdownOf));
}

function readMarkdown(file: string): string {
  if (!existsSync(file) || !statSync(file).isFile()) {
    throw new InputError([
      `--markdown must be a file; received ${file}. Write it first, with markers where tables shall stand.`,
    ]);
  }
  return readFileSync(file, 'utf8');
}
