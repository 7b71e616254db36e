import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { latestCheckpoint, loadCheckpoint } from '@m3ae/checkpoint/files';
import { DeviceLost } from '@m3ae/compile';
import { flattenTree, type NdArray } from '@m3ae/tree';
import { afterAll, beforeAll, expect, test, type TestContext } from 'vitest';
import { createProgress } from '@m3ae/logging';
import { useSoftwareVulkan } from '../../../packages/compile/test/support/software-vulkan.js';
import { applyOverrides, resolveConfig } from '../src/config/resolve.js';
import { prepare } from '../src/run/prepare.js';
import { pretrain } from '../src/run/pretrain.js';
import { labeledConfig, writeLabeledPictures } from './support/labeled-runs.js';

const folder = mkdtempSync(join(tmpdir(), 'm3ae-webgpu-'));
const pictures = join(folder, 'pictures');
const progress = createProgress({ quiet: true, output: process.stdout, clock: () => 0 });
beforeAll(async () => {
  useSoftwareVulkan();
  await writeLabeledPictures(pictures, 20);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A run of this device: its lines, and the parameters of its last checkpoint. */
async function run(name: string, changes: readonly string[], context: TestContext) {
  const out = mkdtempSync(join(folder, `${name}-`));
  const config = resolveConfig(applyOverrides(labeledConfig(pictures), changes));
  try {
    await pretrain(await prepare(config, progress), {
      folder: out,
      progress,
    });
  } catch (error) {
    if (String(error).includes('received webgpu')) context.skip(`no WebGPU adapter: ${String(error)}`);
    throw error;
  }
  const lines = readFileSync(join(out, 'metrics.jsonl'), 'utf8').trim().split('\n');
  const { trees } = await loadCheckpoint((await latestCheckpoint(out))!.folder);
  return {
    lines: lines.map((line) => JSON.parse(line) as Record<string, number>),
    params: flattenTree<NdArray>(trees.model!),
  };
}

test.for<[method: string, changes: readonly string[]]>([
  ['mae', ['train.steps=50']], // batches of one shape: each new one is compiled anew, which SwiftShader takes seconds for
  ['clip', ['train.steps=12', 'train.accumulate=2']],
])(
  '%s on WebGPU learns what it does on the CPU, %j',
  { timeout: 120_000 },
  async ([method, changes], context) => {
    const settings = [
      `method=${method}`,
      ...changes,
      'log.everySteps=5',
      'checkpoint.everySteps=6',
      'optimizer.epsilon=1e-3',
    ];
    const onGpu = await run(`${method}-gpu`, [...settings, 'train.device=webgpu'], context);
    const onCpu = await run(`${method}-cpu`, settings, context);
    expect(onGpu.lines.map(({ step }) => step)).toEqual(onCpu.lines.map(({ step }) => step));
    const far = onCpu.lines.flatMap((line, i) =>
      Object.entries(line).filter(([name, value]) => {
        const other = onGpu.lines[i]![name]!;
        return !(Math.abs(value - other) <= 1e-4 * Math.max(1, Math.abs(value)));
      }),
    );
    expect(far).toEqual([]);
    const others = new Map(onGpu.params);
    const worst = onCpu.params.map(([path, { data }]) =>
      Math.max(...Array.from(data, (value, i) => Math.abs(value - others.get(path)!.data[i]!))),
    );
    expect(Math.max(...worst)).toBeLessThan(1e-4);
  },
);

test('a run whose GPU is lost ends with its last checkpoint whole, and goes on from there', async () => {
  const out = mkdtempSync(join(folder, 'lost-'));
  const config = resolveConfig(
    applyOverrides(labeledConfig(pictures), ['train.steps=9', 'report.enabled=false']),
  );
  const whole = await prepare(config, progress);
  const options = { folder: out, progress };
  const lost = {
    ...whole.step,
    run: (...args: Parameters<typeof whole.step.run>) => {
      if (args[2] === 7) throw new DeviceLost('the driver began anew');
      return whole.step.run(...args);
    },
  };
  await expect(pretrain({ ...whole, step: lost }, options)).rejects.toThrow(DeviceLost);
  const newest = await latestCheckpoint(out);
  const from = { ...(await loadCheckpoint(newest!.folder)), folder: newest!.folder };
  expect(from.step).toBe(6);
  const { snapshot } = await pretrain(await prepare(config, progress), { ...options, from });
  const straight = await pretrain(await prepare(config, progress), {
    ...options,
    folder: mkdtempSync(join(folder, 'straight-')),
  });
  expect(snapshot.state).toEqual(straight.snapshot.state);
}, 60_000);
