import { cpSync, existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { RunRecord } from '@m3ae/runs';
import type { TrainerConfig } from '../src/config/schema.js';
import { cacheOf } from '../src/run/engine.js';
import { resultOf, tinyWorkplace } from './support/tiny-run.js';

test('each fact of a run decides, but those that say what is done beside computing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'm3ae-graphs-'));
  const bytes = Uint8Array.of(1, 2, 3);
  const config = { name: 'a', seed: 1, train: { recompute: 'none' }, loss: { textWeight: 0.5 } };
  const data = { vocabSize: 10, trainLength: 3, fingerprints: { train: 'f' } };
  const written = (change: object, model: object = { depth: 2 }) =>
    cacheOf({ config, data, ...change } as unknown as RunRecord<TrainerConfig>, model as never, folder);
  await written({}).write('key', bytes);
  const isThere = async (...args: Parameters<typeof written>) =>
    (await written(...args).read('key')) !== undefined;
  expect(await isThere({})).toBe(true);
  expect(await isThere({ config: { ...config, name: 'b', seed: 2, log: { everySteps: 3 } } })).toBe(true);
  expect(await isThere({ config: { ...config, train: { recompute: 'blocks' } } })).toBe(false);
  expect(await isThere({ config: { ...config, loss: { textWeight: 1 } } })).toBe(false);
  expect(await isThere({ data: { ...data, vocabSize: 11 } })).toBe(false);
  expect(await isThere({ data: { ...data, fingerprints: { train: 'g' } } })).toBe(false);
  expect(await isThere({}, { depth: 3 })).toBe(false);
});

describe('runs that share a cache', () => {
  const places: Awaited<ReturnType<typeof tinyWorkplace>>[] = [];
  afterAll(() => places.forEach((place) => place.remove()));

  test('two at once, a third from the cache and one without give the same bits', async () => {
    const place = await tinyWorkplace({
      train: { steps: 4, batchSize: 8, threads: 1 },
      evaluation: { enabled: false },
    });
    places.push(place);
    const graphs = join(place.folder, '.cache', 'm3ae', 'graphs');
    const run = (out: string, ...more: string[]) =>
      place.run('pretrain', place.config, '--out', place.out(out), '--quiet', ...more);
    const without = await run('without', '--no-cache');
    expect(without).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(graphs)).toBe(false);
    expect((await Promise.all([run('one'), run('two')])).map(({ code }) => code)).toEqual([0, 0]);
    const kept = readdirSync(graphs);
    expect(kept.filter((name) => !name.endsWith('.graph'))).toEqual([]);
    cpSync(graphs, `${graphs}-before`, { recursive: true });
    expect((await run('third')).code).toBe(0);
    expect(readdirSync(graphs)).toEqual(kept);
    const results = await Promise.all(
      ['without', 'one', 'two', 'third'].map((name) => resultOf(place.out(name))),
    );
    expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(1);
  }, 120_000);
});
