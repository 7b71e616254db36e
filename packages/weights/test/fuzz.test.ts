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
const readAll = (bytes: Uint8Array) => [...readTensors(bytes).values()].forEach((tensor) => tensor.read());

test.each([
  ['safetensors', filesIn('vision', '.safetensors'), readAll],
  ['pickle', pickles, (bytes: Uint8Array) => void readPickle(bytes)],
  ['zip', filesIn('torch', '.pth'), readAll],
] as const)(
  '%s: of 2,000 damaged files each is read or refused (node scripts/fuzz.mjs runs more)',
  (_, corpus, read) => {
    const chance = chanceOf(1);
    const pick = () => corpus[Math.floor(chance() * corpus.length)]!;
    for (let run = 0; run < 2000; run++) {
      const bytes = mutate(pick(), chance, pick());
      try {
        read(bytes);
      } catch (error) {
        if (!isInvalidInput(error)) expect.fail(`run ${run}: ${String((error as Error).stack)}`);
      }
    }
  },
);
