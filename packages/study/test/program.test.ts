import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  createChildren,
  leaveOutDefaults,
  planStudy,
  programRunner,
  resolveStudy,
  runStudy,
} from '../src/index.js';

const folder = mkdtempSync(join(tmpdir(), 'm3ae-program-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// Any program that prints JSON lines: it squares a number, or fails.
const program = join(folder, 'square.mjs');
writeFileSync(
  program,
  `const x = Number(process.argv[2]);
console.log('a warning of some library');
console.log(JSON.stringify({ event: 'step', step: 1, total: 2, stepsPerSecond: 5 }));
if (x < 0) { console.error('x is negative'); process.exit(3); }
console.log(JSON.stringify({ results: { square: x * x } }));`,
);

const jobs = programRunner(
  {
    commandOf: (job) => [process.execPath, program, String(job.kind === 'run' && job.set.x)],
    resultOf: (_job, _context, printed) => ({ figures: printed!.results }),
  },
  createChildren(join(folder, 'children.json')),
);

test('a program of any kind does the jobs of a study', async () => {
  const variants = { three: { set: { x: 3 } }, minus: { set: { x: -1 } } };
  const plan = planStudy(resolveStudy({ seeds: [0], variants }), { runJob: jobs });
  const place = join(folder, 'study');
  const told: string[] = [];
  const { failed } = await runStudy(plan, {
    folder: place,
    onEvent(event) {
      if (event.event === 'step') told.push(`${event.job.name}: ${event.progress.step}`);
      if (event.event === 'end' && event.end.state === 'failed') told.push(event.end.reason);
    },
  });
  expect(failed.map(({ name }) => name)).toEqual(['minus-seed0']);
  expect(told.sort()).toEqual(['minus-seed0: 1', 'three-seed0: 1', 'x is negative']);
  const [three] = plan.jobs;
  const record = readFileSync(join(place, 'parts', `three-seed0.${three!.hash}.json`), 'utf8');
  expect(JSON.parse(record)).toMatchObject({ figures: { square: 9 } });
});

test('settings without their defaults resolve to the same, and no shorter ones do', () => {
  const resolve = ({ rate = 1, list = [], more = {} }: Readonly<Record<string, unknown>>) => ({
    rate,
    more: { depth: 2, ...(more as object) },
    list: (list as object[]).map((item) => ({ kind: 'plain', ...item })),
  });
  const whole = { rate: 1, more: { depth: 2, width: 4 }, list: [{ kind: 'plain', at: 5 }] };
  expect(leaveOutDefaults(whole, resolve)).toEqual({ more: { width: 4 }, list: [{ at: 5 }] });
});
