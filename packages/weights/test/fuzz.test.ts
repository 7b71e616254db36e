import { readdirSync, readFileSync } from 'node:fs';
import { isInvalidInput } from '@m3ae/errors';
import { expect, test } from 'vitest';
import { chanceOf, mutate } from '../../../scripts/mutate.mjs';
import { readPickle, readTensors } from '../src/index.js';

const fixtures = new URL('fixtures/', import.meta.url);
const file = (path: string) => readFileSync(new URL(path, fixtures));
const filesIn = (folder: string, ending: string) =>
  readdirSync(new URL(folder, fixtures))
    .filter((name) => name.endsWith(ending))
    .map((name) => file(`${folder}/${name}`));

const pickles = (JSON.parse(file('pickles.json').toString()) as { base64: string }[]).map(({ base64 }) =>
  Buffer.from(base64, 'base64'),
);
function readEach(bytes: Uint8Array): void {
  for (const tensor of readTensors(bytes).values()) tensor.read();
}

/** What a reader throws that is no refusal; nothing where it reads or refuses. */
function failureOf(read: (bytes: Uint8Array) => unknown, bytes: Uint8Array): unknown {
  try {
    read(bytes);
  } catch (error) {
    if (!isInvalidInput(error)) return error;
  }
  return undefined;
}

const corpora: readonly (readonly [string, readonly Buffer[], (bytes: Uint8Array) => unknown])[] = [
  ['safetensors', filesIn('vision', '.safetensors'), readEach],
  ['pickle', pickles, readPickle],
  ['zip', filesIn('torch', '.pth'), readEach],
];

test.each(corpora)(
  '%s: of 2,000 damaged files each is read or refused (scripts/fuzz.mjs runs more)',
  (_, corpus, read) => {
    const chance = chanceOf(1);
    const pick = () => corpus[Math.floor(chance() * corpus.length)]!;
    const failures = Array.from({ length: 2000 }, () => failureOf(read, mutate(pick(), chance, pick())));
    expect(failures.filter((failure) => failure !== undefined)).toEqual([]);
  },
);
