import { createHash } from 'node:crypto';
import { unusable } from '@m3ae/errors';
import { checkOptions, oneOf, record, text, withDefault } from '@m3ae/errors/rules';
import { localCopy } from '../bytes/cache.js';
import { datasetName } from '../bytes/file.js';
import { createTextPacker } from '../content/packed-texts.js';
import { createListDataset } from '../create-dataset.js';
import type { Dataset, OnProgress } from '../dataset.js';
import { oneLine } from '../folder/columns.js';
import { openText } from '../folder/read-text.js';
import { findAllFiles } from '../source/find-files.js';
import { kindRule } from '../spec-rules.js';

/** Sentences or paragraphs of text files, without pictures. */
export interface TextSpec {
  readonly kind: 'text';
  /** The files: a path or an address (`https://`, `s3://`), with `{000..099}`, `{a,b}`, `*` and `**`. */
  readonly path: string;
  /** What an example is: a line, or what stands between two empty lines. Default `'line'`. */
  readonly unit?: 'line' | 'paragraph';
}

/** A {@link TextSpec} with every option filled in. */
export type ResolvedTextSpec = Required<TextSpec>;

const textRule = record({
  kind: kindRule('text'),
  path: text('Name a text file, e.g. "sentences.txt".', 'a file path'),
  unit: withDefault(oneOf(['line', 'paragraph'], 'Leave it out for one example a line.'), 'line'),
});

/**
 * Fills in the defaults.
 *
 * @throws InvalidInput listing every option that is unknown or out of range.
 */
export function resolveTextSpec(spec: TextSpec): ResolvedTextSpec {
  return checkOptions(textRule, spec);
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
  const files = await findAllFiles([path]);
  const texts = createTextPacker();
  const hash = createHash('sha256');
  const notes = [];
  const add = (text: string): void => {
    const line = oneLine(text);
    if (line === '') return;
    texts.add(line);
    hash.update(`${line}\n`);
  };
  for (const file of files) {
    const text = await openText(await localCopy(file), file.address);
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
  const facts = {
    name: datasetName('text', files[0]!, files.length),
    kind: 'text' as const,
    length: captions.length,
    fingerprint: hash.digest('hex'),
    notes,
  };
  return createListDataset(facts, { type: 'list', captions });
}
