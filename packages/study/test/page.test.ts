import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { format } from 'prettier';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { planStudy, readRecords, resolveStudy, type StudyPlan, writeResults } from '../src/index.js';
import { fillMarkers } from '../src/markdown.js';
import { keepFigures } from '../src/kept-figures.js';
import { claimsNote, writeRecord } from '../src/records.js';
import { studyResults } from '../src/results.js';

const top1 = (name: string) => `probe.results.${name}.value`;
const ahead = { better: 'm3ae', worse: 'mae', metric: 'drawing', atLeast: 0.05 };
const input = {
  name: 'page',
  title: 'A study of <b>two</b>',
  variants: { mae: { label: 'MAE', set: { method: 'mae' } }, m3ae: { label: 'M3AE' } },
  evaluations: { probe: {}, reconstruct: {} },
  tables: [
    {
      id: 'methods',
      title: 'Two methods',
      note: 'A note.',
      rows: [
        'mae',
        'm3ae',
        { variant: 'mae', label: 'raw pixels', baseline: true, seeds: [0], replace: ['results', 'pixels'] },
      ],
      metrics: [
        { id: 'drawing', title: 'unseen drawing', path: top1('drawing') },
        { id: 'emoji', title: 'unseen emoji', path: top1('emoji') },
        { title: 'minutes', path: 'run.minutes', unit: '', seeds: [1, 2] },
      ],
      claims: [
        { text: 'M3AE is ahead | by five.', compare: [ahead] },
        { text: 'MAE is ahead.', compare: [{ better: 'mae', worse: 'm3ae', metric: 'drawing' }] },
      ],
      paper: [{ source: 'Fig. 3', values: { MAE: 44.6, M3AE: 61.3 } }],
      plot: { kind: 'bars', y: 'top-1 (%)' },
    },
    {
      id: 'lines',
      title: 'Lines',
      rows: [
        { variant: 'mae', series: 'a', x: 0.15 },
        { variant: 'm3ae', series: 'a', x: 1000 },
      ],
      metrics: [{ title: 'unseen drawing', path: top1('drawing') }],
      plot: { kind: 'line', x: 'steps', logarithmic: true },
    },
    {
      id: 'grid',
      title: 'Two tests, two figures',
      rows: ['mae', 'm3ae'],
      metrics: [
        { id: 'seen', group: 'drawings', title: 'top-1', path: top1('drawing') },
        { group: 'drawings', title: 'both', path: [top1('drawing'), top1('emoji')] },
        { group: 'emoji', title: 'both', path: [top1('drawing'), top1('emoji')] },
        { group: 'emoji', title: 'top-1', path: top1('emoji') },
      ],
      claims: [
        { text: 'Ahead.', compare: [{ ...ahead, metric: 'seen' }] },
        { text: 'Also ahead.', compare: [{ ...ahead, metric: 'emoji, top-1' }] },
      ],
      paper: [
        { source: 'Fig. 6', column: 'both', values: { MAE: 1.5 } },
        { source: 'Fig. 6', column: 'top-1', values: { MAE: 2.5, M3AE: 3.5 } },
      ],
      plot: { kind: 'dots', x: 'share (%)' },
    },
    { id: 'pictures', title: 'Rebuilt', rows: [{ variant: 'm3ae', seeds: [0] }], pictures: 'reconstruct' },
  ],
};

const share = (value: number) => ({ value, count: 400, low: value - 0.05, high: value + 0.05 });
const values: Readonly<Record<string, readonly number[]>> = {
  mae: [0.38, 0.39, 0.4],
  m3ae: [0.45, 0.455, 0.47],
};

async function writeRecords(folder: string, plan: StudyPlan): Promise<void> {
  const png = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#d97706' } })
    .png()
    .toBuffer();
  const files = join(folder, 'evaluations');
  mkdirSync(files, { recursive: true });
  writeFileSync(join(files, 'hidden.png'), png);
  const item = {
    caption: 'a <cat>',
    original: `data:image/png;base64,${png.toString('base64')}`,
    hidden: 'hidden.png',
    pieces: [
      { piece: 'cat', hidden: false, guesses: [] },
      { piece: 'face', hidden: true, guesses: [{ piece: 'dog', probability: 0.4 }] },
    ],
  };
  const attended = {
    caption: 'cat and dog',
    words: [{ text: 'cat', file: 'hidden.png' }],
    patch: {
      file: 'hidden.png',
      words: [
        { text: 'cat', shade: 0.2 },
        { text: 'dog', shade: 1 },
      ],
    },
  };
  for (const job of plan.jobs) {
    const [variant, seed] = job.name.split('.')[0]!.split('-seed') as [string, string];
    const value = values[variant]![Number(seed)]!;
    const printed = {
      probe: {
        results: { drawing: share(value), emoji: share(value - 0.05) },
        pixels: { drawing: share(0.41), emoji: share(0.3) },
      },
      reconstruct: {
        results: { items: [item, attended], flags: Array.from({ length: 300 }, (_, at) => at) },
      },
    };
    const figures =
      job.kind === 'run'
        ? { minutes: 2.5 }
        : keepFigures(printed[job.evaluation as keyof typeof printed], folder, job.hash, files);
    const { name, kind, hash, seed: at, settings } = job;
    const of = job.kind === 'run' ? { resolved: job.resolved } : { training: job.run.hash };
    const versions = { node: '22', tfjs: '4' };
    const record = { part: name, kind, hash, seed: at, settings, ...of, figures, seconds: 60 };
    writeRecord(folder, job, { ...record, commit: 'abc', versions });
  }
}

describe('what a study writes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'm3ae-study-page-'));
  const study = resolveStudy(input);
  const plan = planStudy(study, { runJob: () => ({ figures: {} }) });
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  beforeAll(async () => {
    await writeRecords(folder, plan);
    await writeResults(plan, { folder });
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('results hold every seed, means, intervals, verdicts and the paper', () => {
    const [table] = studyResults(plan, readRecords(folder, plan)).tables;
    const [mae, m3ae, pixels] = table!.rows;
    expect(mae!.cells.drawing).toMatchObject({
      count: 3,
      mean: expect.closeTo(0.39, 12),
      seeds: [{ seed: 0, value: 0.38 }, {}, {}],
    });
    // Student's t with two degrees of freedom: 0.39 ± 4.302653 * 0.01 / sqrt(3).
    expect(mae!.cells.drawing!.interval!.high).toBeCloseTo(0.39 + 0.0248413, 6);
    expect(m3ae!.cells.drawing!.binomial).toMatchObject({ examples: 400 });
    expect(pixels!.cells.drawing!.seeds).toEqual([{ seed: 0, value: 0.41 }]);
    expect(pixels!.cells.minutes).toBeNull(); // a baseline was not trained
    expect(mae!.cells.minutes!.seeds.map(({ seed }) => seed)).toEqual([1, 2]);
    expect([table!.missing, table!.wanted]).toEqual([0, 18]); // 2 × (3 + 3 + 2) and two of the pixels
    expect(table!.claims.map(({ verdict, level }) => [verdict, level])).toEqual([
      ['holds', 'firmly'],
      ['does not hold', null],
    ]);
    expect(table!.missing).toBe(0);
  });

  test('the same records give the same bytes', async () => {
    const before = ['results.json', 'results.md', 'report.html', 'plots/methods.svg'].map(read);
    await writeResults(plan, { folder });
    expect(['results.json', 'results.md', 'report.html', 'plots/methods.svg'].map(read)).toEqual(before);
  });

  test('the Markdown is as prettier writes it', async () => {
    for (const name of ['results.md', 'tables/methods.md']) {
      expect(await format(read(name), { parser: 'markdown', singleQuote: true, printWidth: 110 })).toBe(
        read(name),
      );
    }
    expect(read('tables/methods.md')).toContain('| MAE        |         39.0 ± 2.5 |');
    expect(read('tables/methods.md')).toMatch(/paper, Fig. 3 \(%\)[\s\S]*\| M3AE .* 61\.3 \|/);
    expect(read('tables/methods.md')).toContain(
      'M3AE − MAE, unseen drawing: +6.8 points, 95 % [+6.1, +7.6], 3 seeds, intervals apart; wanted at least +5.0: holds on this split, firmly over seeds',
    );
  });

  test('metrics in groups stand as a grid, the paper below', () => {
    // Drawings are 38, 39, 40 and 45, 45.5, 47 by seed, emoji five points less; Student's t over the seeds.
    const lines = read('tables/grid.md').split('\n');
    expect(
      lines.slice(0, 8).map((line) =>
        line
          .split('|')
          .map((cell) => cell.trim())
          .slice(1, -1),
      ),
    ).toEqual([
      ['', 'top-1 (%)', 'both (%)'],
      expect.anything(),
      ['drawings: MAE', '39.0 ± 2.5', '36.5 ± 2.5'],
      ['drawings: M3AE', '45.8 ± 2.6', '43.3 ± 2.6'],
      ['emoji: MAE', '34.0 ± 2.5', '36.5 ± 2.5'],
      ['emoji: M3AE', '40.8 ± 2.6', '43.3 ± 2.6'],
      ['the paper, Fig. 6: MAE', '2.5', '1.5'],
      ['the paper, Fig. 6: M3AE', '3.5', ''],
    ]);
    expect(read('tables/grid.md')).toContain('M3AE − MAE, emoji, top-1: +6.8 points');
    expect(read('plots/grid.svg')).toContain('emoji, top-1');
  });

  test('plots have titled axes, a ring a seed, and exist as SVG and PNG', async () => {
    const svg = read('plots/methods.svg');
    expect(svg).toContain('top-1 (%)');
    expect(svg).toContain('raw pixels');
    // Two metrics of two rows: six rings each; the mark of the mean is a bar.
    expect(svg.match(/aria-roledescription="point"/g)).toHaveLength(12);
    const lines = read('plots/lines.svg');
    for (const word of ['steps', '>0.15</text>', '>1,000</text>']) expect(lines).toContain(word);
    const { width, format: kind } = await sharp(join(folder, 'plots/methods.png')).metadata();
    expect([kind, width! > 600]).toEqual(['png', true]);
  });

  test('the page escapes what it shows, fetches nothing and runs nothing', () => {
    const page = read('report.html');
    expect(page).toContain('A study of &lt;b&gt;two&lt;/b&gt;');
    expect(page).not.toMatch(/<script|<link|@import|url\((?!#)/);
    const addresses = [...page.matchAll(/\s(?:src|href)="([^"]*)"/g)].map(([, address]) => address!);
    expect(addresses.filter((address) => !/^(data:|#)/.test(address))).toEqual([]);
    expect(page.match(/<img /g)).toHaveLength(4);
    expect(page).toContain('<b>dog</b> <del>face</del>');
    expect(page).toContain('alt="original: a &lt;cat&gt;"');
    expect(page).toContain('<td data-column="the paper, Fig. 3 (%)" class="number theirs">61.3</td>');
    for (const text of [
      '39.0 ± 2.5',
      '38.0, 39.0, 40.0',
      'holds on this split, firmly over seeds',
      'does not hold on this split',
      'raw pixels',
    ]) {
      expect(page).toContain(text);
    }
  });

  test('a heat map is named by its word, a patch by the word that it looks at most', () => {
    const page = read('report.html');
    const names = [...page.matchAll(/<figcaption>(.*?)<\/figcaption>/g)].map(([, name]) => name);
    expect(names).toEqual(['original', 'hidden', 'cat', 'the patch looks at: dog']);
  });

  test('pictures and long lists leave the figures', () => {
    const { done } = readRecords(folder, plan);
    const job = plan.jobs.find(({ name }) => name === 'm3ae-seed0.reconstruct')!;
    expect(done.get(job.hash)!.figures).toMatchObject({
      results: {
        items: [
          {
            original: { picture: `pictures/${job.hash}/000.png` },
            hidden: { picture: `pictures/${job.hash}/001.png` },
          },
          { patch: { file: { picture: `pictures/${job.hash}/003.png` } } },
        ],
        flags: { leftOut: '300 values' },
      },
    });
  });

  test('claims that were changed or came late are told', () => {
    const [table] = study.tables;
    const claims = JSON.parse(JSON.stringify(table!.claims));
    expect(claimsNote(table!, { methods: { claims, measuredBefore: 0 } })).toBeNull();
    expect(claimsNote(table!, { methods: { claims, measuredBefore: 5 } })).toContain(
      'when 5 values had been',
    );
    claims[0].compare[0].atLeast = 0.01;
    expect(claimsNote(table!, { methods: { claims, measuredBefore: 0 } })).toContain('changed after');
  });

  test('the page opens in Chromium without an error and without a request', async ({ skip }) => {
    const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
    skip(!existsSync(executablePath), `there is no ${executablePath}; set CHROMIUM to a Chromium`);
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    try {
      const page = await browser.newPage({ viewport: { width: 390, height: 800 } });
      const troubles: string[] = [];
      page.on('pageerror', (error) => troubles.push(error.message));
      page.on('console', (message) => troubles.push(message.text()));
      page.on('request', (request) => {
        if (!/^(file|data):/.test(request.url())) troubles.push(request.url());
      });
      await page.goto(`file://${join(folder, 'report.html')}`);
      expect(troubles).toEqual([]);
      expect(await page.locator('svg').count()).toBe(3);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390); // nothing sticks out
      const sizes = (await page.evaluate(
        'Array.from(document.images, (image) => image.naturalWidth)',
      )) as number[];
      expect(sizes).toEqual([8, 8, 8, 8]);
    } finally {
      await browser.close();
    }
  });
});

describe('markers', () => {
  const names = ['methods', 'lines', 'verdicts'];
  const of = (name: string) => (name === 'lines' ? undefined : `new ${name}`);

  test('only what stands between them changes; a table that was not asked for stays', () => {
    const text =
      '# Mine\n<!-- study:methods -->\nold\n<!-- /study -->\nwords\n<!-- study:lines -->\nkept\n<!-- /study -->\n';
    expect(fillMarkers(text, names, of)).toBe(
      '# Mine\n<!-- study:methods -->\n\nnew methods\n\n<!-- /study -->\nwords\n<!-- study:lines -->\nkept\n<!-- /study -->\n',
    );
  });

  test.each([
    ['# no markers', 'markdown must be a text with markers;'],
    [
      '<!-- study:mehods --><!-- /study -->',
      'marker must be the id of a table, or "verdicts"; received mehods. Did you mean methods?',
    ],
  ])('%s is bad input', (text, message) => {
    expect(() => fillMarkers(text, names, of)).toThrow(message);
  });
});
