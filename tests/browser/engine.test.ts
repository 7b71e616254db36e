import '@tensorflow/tfjs-backend-cpu';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eager } from '@m3ae/compile';
import { type Browser, chromium, type Page } from 'playwright-core';
import { build, createServer, type InlineConfig, preview } from 'vite';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { differences } from '../../packages/compile/test/support/compare.js';
import { compute, input } from './engine/function.js';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const isThere = existsSync(executablePath);
const scratch = mkdtempSync(join(tmpdir(), 'm3ae-browser-'));
const sources = fileURLToPath(new URL('../../packages/$1/src/index.ts', import.meta.url));
const common: InlineConfig = {
  configFile: false,
  root: fileURLToPath(new URL('./engine/', import.meta.url)),
  logLevel: 'silent',
  resolve: { alias: [{ find: /^@m3ae\/([a-z]+)$/, replacement: sources }] },
  build: { outDir: join(scratch, 'dist'), minify: false },
};

/** Milliseconds for a start or a build on a busy machine. */
const patience = 60_000;

let browser: Browser;
const closing: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  if (!isThere) return;
  // WebGPU in software, for machines without a graphics card.
  const args = ['--no-sandbox', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];
  browser = await chromium.launch({ executablePath, args });
  closing.push(() => browser.close());
}, patience);
afterAll(async () => {
  for (const close of closing.reverse()) await close();
  rmSync(scratch, { recursive: true, force: true });
});
beforeEach(({ skip }) => skip(!isThere, `there is no ${executablePath}; set CHROMIUM to a Chromium`));

async function open(url: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(url);
  await page.waitForFunction('globalThis.answers !== undefined');
  return page;
}

const urlOf = (server: { close(): Promise<void>; resolvedUrls: { local: string[] } | null }) => {
  closing.push(() => server.close());
  return server.resolvedUrls!.local[0]!;
};

const ask = async <Answer>(page: Page, question: string) =>
  JSON.parse(await page.evaluate<string>(`answers.${question}.then(JSON.stringify)`)) as Answer;

const kinds = { Float32Array, Int32Array, Uint8Array };

/** Where a runtime in the browser differs from tfjs's plain JavaScript in Node. */
async function misses(page: Page, name: string, device: string): Promise<string[]> {
  type Row = [key: string, shape: number[], kind: keyof typeof kinds, elements: number[]];
  const rows = await ask<Row[]>(page, `values('${name}', '${device}')`);
  const actual = rows.map(([key, shape, kind, elements]) => [
    key,
    { shape, data: kinds[kind].from(elements) },
  ]);
  return differences(Object.fromEntries(actual), await eager(compute, { backend: 'cpu' })(input(), 0.1));
}

describe('a page that Vite built', () => {
  let page: Page;
  beforeAll(async () => {
    if (!isThere) return;
    await build(common);
    page = await open(urlOf(await preview({ ...common, preview: { port: 0 } })));
  }, patience);

  test.each(['web', 'wasm', 'webgpu'])('computes with onnxruntime-web (%s) on the CPU', async (name) => {
    expect(await misses(page, name, 'cpu')).toEqual([]);
  });

  test.for(['web', 'webgpu'])('computes with onnxruntime-web (%s) on WebGPU', async (name, { skip }) => {
    skip(!(await ask<boolean>(page, 'hasAdapter()')), 'this Chromium has no WebGPU adapter');
    expect(await misses(page, name, 'webgpu')).toEqual([]);
  });

  test('trains on a state that stays on the GPU, and says that the GPU was lost', async ({ skip }) => {
    skip(!(await ask<boolean>(page, 'hasAdapter()')), 'this Chromium has no WebGPU adapter');
    let [w, loss] = [0, 0];
    for (let i = 0; i < 50; i++) [w, loss] = [w - 0.1 * (w - 3), 1000 * (w - 3) ** 2];
    const answer = await ask<Record<string, number>>(page, 'descend()');
    expect(answer.w).toBeCloseTo(w, 4);
    expect(answer.loss).toBeCloseTo(loss, 2);
    // The weights once and the rate of every step; at the end the weights and one loss.
    expect(answer).toMatchObject({ sentBytes: 4000 + 50 * 4, readBytes: 4004 });
    const other = await open(page.url());
    expect(await ask<string>(other, 'lost()')).toContain('The GPU was lost');
  });

  test('says what to pass where a runtime is missing, and what exists in Node only', async () => {
    expect(await ask(page, 'withoutRuntime()')).toContain('{ runtime: ort }');
    expect(await ask(page, 'fileFromBrowser()')).toContain('toOnnx');
    expect(await ask(page, 'nodeBackend()')).toContain('npm install @tensorflow/tfjs-node');
  });

  test('says what to set where the runtime does not find its .wasm file', async () => {
    expect(await ask(await open(page.url()), `failureWithoutWasm()`)).toMatch(/optimizeDeps.*wasmPaths/);
  });
});

test.each([
  ['Vite puts it together with other packages', []],
  ['it is left out of that, as the older versions of Vite need', ['onnxruntime-web']],
])("Vite's development server gives onnxruntime-web where %s", async (_, exclude) => {
  const cacheDir = mkdtempSync(join(scratch, 'cache-')); // as in a fresh folder
  const server = await createServer({ ...common, cacheDir, optimizeDeps: { exclude }, server: { port: 0 } });
  const page = await open(urlOf(await server.listen()));
  expect(await misses(page, 'wasm', 'cpu')).toEqual([]);
  expect(await ask(page, 'withoutRuntime()')).toContain('{ runtime: ort }');
});
