import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createProgress } from '@m3ae/logging';
import { fromEarlier } from '@m3ae/runs';
import { applyOverrides, resolveConfig } from '../src/config/resolve.js';
import { prepare } from '../src/run/prepare.js';
import { pretrain } from '../src/run/pretrain.js';
import { labeledConfig, writeLabeledPictures } from './support/labeled-runs.js';
import { resultOf, tinyWorkplace } from './support/tiny-run.js';

describe('a run on a tfjs backend', () => {
  const folder = mkdtempSync(join(tmpdir(), 'm3ae-eager-'));
  const pictures = join(folder, 'pictures');
  const progress = createProgress({ quiet: true, output: process.stdout, clock: () => 0 });
  beforeAll(() => writeLabeledPictures(pictures, 20));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What each of four steps logged. */
  async function fourSteps(name: string, changes: readonly string[]) {
    const out = mkdtempSync(join(folder, `${name}-`));
    const all = ['train.steps=4', 'checkpoint.everySteps=4', ...changes];
    const prepared = await prepare(resolveConfig(applyOverrides(labeledConfig(pictures), all)), progress);
    await pretrain(prepared, { folder: out, progress });
    const lines = readFileSync(join(out, 'metrics.jsonl'), 'utf8').trim().split('\n');
    return lines.map((line) => JSON.parse(line) as Record<string, number>);
  }

  test.each([
    ['m3ae', 'wasm', []],
    ['m3ae', 'cpu', ['train.accumulate=2']],
    ['mae', 'cpu', []],
    ['mae', 'wasm', ['train.recompute=blocks']],
    ['clip', 'wasm', ['train.accumulate=2']],
    ['clip', 'cpu', []],
    ['supervised', 'cpu', ['train.accumulate=4']],
    ['supervised', 'wasm', []],
  ])(
    '%s on %s measures what the compiled one does, %j',
    async (method, backend, changes) => {
      const settings = [`method=${method}`, ...changes];
      const compiled = await fourSteps(method, settings);
      const eager = await fourSteps(method, [...settings, 'train.engine=eager', `train.backend=${backend}`]);
      expect(eager.map((line) => Object.keys(line))).toEqual(compiled.map((line) => Object.keys(line)));
      for (const [i, line] of eager.entries()) {
        for (const [name, value] of Object.entries(line)) {
          const other = compiled[i]![name]!;
          expect(Math.abs(value - other), `${name} of step ${i + 1}`).toBeLessThan(
            1e-3 * Math.max(1, Math.abs(other)),
          );
        }
      }
    },
    30_000,
  );
});

test('a run on a tfjs backend that is killed goes on to the same bits', async () => {
  const place = await tinyWorkplace();
  const settings = ['train.engine=eager', 'train.backend=wasm', 'train.steps=12'];
  const sets = settings.flatMap((setting) => ['--set', setting]);
  const args = (out: string) => ['pretrain', place.config, '--out', out, '--resume', '--json', ...sets];
  expect((await place.run(...args(place.out('whole')))).code).toBe(0);
  for (const step of [3, 6]) {
    const started = place.start(...args(place.out('killed')));
    await started.until((stdout) => stdout.includes(`"step":${step},`));
    started.child.kill('SIGKILL');
    expect(await started.ended).toBe('SIGKILL');
  }
  expect((await place.run(...args(place.out('killed')))).code).toBe(0);
  expect(await resultOf(place.out('killed'))).toEqual(await resultOf(place.out('whole')));
  place.remove();
}, 120_000);

test('a run of an earlier version keeps its engine', () => {
  const stored = labeledConfig('pictures', { train: { steps: 6, batchSize: 8, engine: 'eager:cpu' } });
  expect(resolveConfig(fromEarlier(stored))).toMatchObject({ train: { engine: 'eager', backend: 'cpu' } });
});

test.each([
  [{ backend: 'cpu' }, /train\.backend must be left out with engine "compiled"; received "cpu"/],
  [{ engine: 'eager', precision: 'bf16' }, /train\.precision must be "float32" with engine "eager"/],
  [{ engine: 'eager', device: 'webgpu' }, /train\.device must be "cpu" with engine "eager"/],
  [{ engine: 'eager', backend: 'webgl' }, /train\.backend must be one of "tensorflow", "wasm", "cpu"/],
  [{ engine: 'eager:cpu' }, /train\.engine must be one of "compiled", "eager"/],
])('%j is refused', (train, message) => {
  const config = labeledConfig('pictures', { train: { steps: 6, batchSize: 8, ...train } });
  expect(() => resolveConfig(config)).toThrow(message);
});
