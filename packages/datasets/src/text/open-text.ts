import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { collectFaults, unusable } from '@m3ae/errors';
import { createTextPacker } from '../content/packed-texts.js';
import { createListDataset } from '../create-dataset.js';
import type { Dataset } from '../dataset.js';
import { oneLine } from '../folder/caption-row.js';
import { openText } from '../folder/read-text.js';
import type { OnProgress } from '../progress.js';
import { expandPaths } from '../source/expand-paths.js';

/** Sentences or paragraphs of text files, without pictures. */
export interface TextSpec {
  readonly kind: 'text';
  /** The files: a path, with `{000..099}`, `{a,b}`, `*` and `**`. */
  readonly path: string;
  /** What an example is: a line, or what stands between two empty lines. Default `'line'`. */
  readonly unit?: 'line' | 'paragraph';
}

/** A {@link TextSpec} with every option filled in. */
export type ResolvedTextSpec = Required<TextSpec>;

/**
 * Fills in the defaults.
 *
 * @throws InvalidInput listing every option that is unknown or out of range.
 */
export function resolveTextSpec(spec: TextSpec): ResolvedTextSpec {
  const { path, unit = 'line' } = spec;
  const check = collectFaults();
  check.refuseUnknown('', spec, ['kind', 'path', 'unit']);
  const isPath = typeof path === 'string' && path !== '';
  check.require(isPath, 'path', 'a file path', path, 'Name a text file, e.g. "sentences.txt".');
  const isUnit = ['line', 'paragraph'].includes(unit);
  check.require(isUnit, 'unit', '"line" or "paragraph"', unit, 'Leave it out for one example a line.');
  check.throwIfAny();
  return { kind: 'text', path, unit };
}

/**
 * Opens text files: one example a line or a paragraph, empty ones left out.
 *
 * @throws InvalidInput if an option is unknown or out of range, or no file or text is there.
 *
 * @example
 * ```ts
 * const sentences = await openTextFiles({ kind: 'text', path: 'books/*.txt', unit: 'paragraph' });
 * ```
 */
export async function openTextFiles(spec: TextSpec, onProgress?: OnProgress): Promise<Dataset> {
  const { path, unit } = resolveTextSpec(spec);
  const { paths } = await expandPaths([path]);
  const texts = createTextPacker();
  const hash = createHash('sha256');
  const notes = [];
  const add = (text: string): void => {
    const line = oneLine(text);
    if (line === '') return;
    texts.add(line);
    hash.update(`${line}\n`);
  };
  for (const file of paths) {
    const text = await openText(file, file);
    if (text.invalid.count > 0) notes.push(text.invalid);
    let open: string[] = []; // a paragraph may reach over two blocks
    for await (const block of text.blocks(onProgress)) {
      for (const line of block.text.replace(/\n$/, '').split('\n')) {
        if (unit === 'line') add(line);
        else if (line.trim() !== '') open.push(line);
        else {
          add(open.join(' '));
          open = [];
        }
      }
    }
    add(open.join(' '));
  }
  const captions = texts.finish();
  if (captions.length === 0) throw unusable(`${path} holds no text. Check the path.`);
  const name = `text/${basename(paths[0]!)}${paths.length > 1 ? ` and ${paths.length - 1} more` : ''}`;
  const facts = {
    name,
    kind: 'text' as const,
    length: captions.length,
    fingerprint: hash.digest('hex'),
    notes,
  };
  return createListDataset(facts, { type: 'list', captions });
}
