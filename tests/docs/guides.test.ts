import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { planStudy, refuseUnknownPaths } from '@m3ae/study';
import { expect, test } from 'vitest';
import { applyOverrides, loadConfigFile, resolveConfig } from '../../apps/trainer/src/index.js';
import { stepConfig } from '../../apps/trainer/src/run/step-config.js';
import { rateWarning } from '../../apps/trainer/src/run/checks.js';
import { resolveM3aeStudy, m3aeExperiment } from '../../apps/trainer/src/study/experiment.js';
import { codeBlocks } from '../../scripts/code-blocks.mjs';
import { makeMyRun } from './my-run.js';
import { runBlock } from './run-block.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const fixtures = fileURLToPath(new URL('./fixtures/', import.meta.url));
const guides = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
const pages = [...guides.map((name) => `docs/${name}`), 'apps/trainer/README.md'];

/** Blocks by their fence: "ts" is a whole program, "ts config" a config, "ts study" a study, "ts part" a part of a program. */
const blocksOf = (wanted: string) =>
  pages.flatMap((page) =>
    codeBlocks(join(root, page)).flatMap(({ heading, language, code }) =>
      language === wanted ? [[page, heading, code] as const] : [],
    ),
  );

/** Modules of data that stand on a page beside its programs; the first line says the name. */
function writeModules(folder: string): void {
  const modules = codeBlocks(join(root, 'docs/bring-your-data.md')).filter(
    ({ language }) => language === 'js module',
  );
  for (const { code } of modules) writeFileSync(join(folder, /^\/\/ (\S+\.js)/.exec(code)![1]!), code);
}

/** What the programs of a page expect in their working folder and is made for them. */
const made: Readonly<Record<string, (folder: string) => unknown>> = {
  'bring-your-data.md': writeModules,
  'evaluate.md': makeMyRun,
  'use-your-model.md': makeMyRun,
  'weights.md': (folder) =>
    cpSync(join(root, 'packages/weights/test/fixtures/readme'), folder, { recursive: true }),
  'verify.md': (folder) => cpSync(join(fixtures, 'golden'), folder, { recursive: true }),
  'write-the-loop.md': (folder) => cpSync(join(fixtures, 'datasets'), folder, { recursive: true }),
};

/** What a program promises to print: the text after each `→` in a comment. */
const promises = (code: string) => code.split('\n').flatMap((line) => /\/\/.*→ (.*)$/.exec(line)?.[1] ?? []);

test.each(blocksOf('ts'))('%s, %s: prints what it says', async (page, heading, code) => {
  const printed = await runBlock(`${page}-${heading}`, code, made[basename(page)]);
  expect(printed).toEqual(promises(code));
});

/** What the command reads in a config. */
async function loadBlock(code: string): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'm3ae-docs-'));
  const file = join(folder, 'config.ts');
  writeFileSync(file, code);
  return loadConfigFile(file).finally(() => rmSync(folder, { recursive: true }));
}

test.each(blocksOf('ts config'))('%s, %s: the config is a whole one, with its type', async (_, __, code) => {
  expect(resolveConfig(await loadBlock(code))).toMatchObject({ method: 'm3ae' });
  expect(code).toContain('satisfies ConfigInput;');
});

test.each(blocksOf('ts config'))(
  '%s, %s: rate, batch and steps can be enough for 400 pictures',
  async (_, __, code) => {
    const config = resolveConfig(await loadBlock(code));
    const { schedule } = stepConfig(config, { vocabSize: 1000, trainLength: 360 });
    expect(rateWarning(config, schedule)).toBeUndefined();
  },
);

test.each(blocksOf('ts study'))(
  '%s, %s: the study works on a folder, and has its type',
  async (_, __, code) => {
    const base = {
      data: { source: { kind: 'folder', path: './photos', labels: 'subfolder' } },
      model: { size: 'small' },
      train: { steps: 1000 },
    };
    const input = { ...((await loadBlock(code)) as object), base };
    const { study } = await resolveM3aeStudy(input);
    const plan = planStudy(
      study,
      m3aeExperiment(base, () => ({ figures: {} })),
    );
    expect(plan.jobs).not.toEqual([]);
    expect(() => refuseUnknownPaths(plan, { done: new Map(), stale: [] })).not.toThrow();
    expect(code).toContain('satisfies StudyInput;');
  },
);

const texts = guides.map((name) => readFileSync(join(root, 'docs', name), 'utf8')).join('\n');

/** A table of byte pairs belongs to weights that somebody made elsewhere; a config knows none. */
const ofWeights = 'text.vocabulary=bpe_simple_vocab_16e6.txt.gz';
const overrides = [
  ...new Set([...texts.matchAll(/--set ([\w.]+=[^\s`…]+)/g)].map(([, override]) => override!)),
].filter((override) => override !== ofWeights);

test.each(overrides)('--set %s is a setting', (override) => {
  const train = override.startsWith('train.steps') ? {} : { epochs: 1 };
  const source = override.startsWith('data.source.') ? { kind: 'folder', path: 'photos' } : { kind: 'emoji' };
  const config = { data: { source }, model: { size: 'small' }, train };
  expect(() => resolveConfig(applyOverrides(config, [override]))).not.toThrow();
});

const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`);

test.each(['README.md', 'CONTRIBUTING.md', ...pages, ...packages])(
  'the links of %s lead somewhere',
  (page) => {
    const path = join(root, page);
    const links = [...readFileSync(path, 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, to]) => to!);
    expect(links.filter((to) => !existsSync(join(dirname(path), to)))).toEqual([]);
  },
);
