import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { resolveConfig } from '../../src/config/resolve.js';
import { chances } from '../support/tiny-run.js';
import { studyWorkplace, stubStudy } from './study-workplace.js';

let place: Awaited<ReturnType<typeof studyWorkplace>>;
afterEach(() => place.remove());

const parts = ['m3ae-seed0', 'm3ae-seed1', 'm3ae-seed2', 'mae-seed0', 'mae-seed1', 'mae-seed2'];
const everything = parts.flatMap((name) => [name, `${name}.probe`]).sort();
const namesOf = (files: readonly string[]) =>
  files.map((file) => file.replace(/\.[0-9a-f]{12}\.json$/, '')).sort();

describe('a study', () => {
  test('runs every part once, shares what two variants ask for alike, and then has nothing to do', async () => {
    place = await studyWorkplace();
    const { code, stderr } = await place.run();
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const starts = place.notes().filter((line) => line.startsWith('start'));
    expect(starts.map((line) => line.split(' ')[1]).sort()).toEqual(everything);
    expect(namesOf(place.records())).toEqual(everything);
    const before = place.notes().length;
    expect((await place.run()).code).toBe(0);
    expect(place.notes()).toHaveLength(before);
  });

  test('killed at eight random moments, it repeats no part that has its record, and goes on from checkpoints', async () => {
    place = await studyWorkplace({ base: { ...(stubStudy().base as object), train: { steps: 60 } } });
    const done = new Set<string>();
    for (const chance of chances(3, 8)) {
      const began = place.notes().length;
      const study = place.start(['study.json', '--json'], { STUB_MILLISECONDS: '15' });
      await Promise.race([study.until((text) => text.includes('"begin"')), study.ended]);
      await sleep(chance * 900);
      study.child.kill('SIGKILL');
      await study.ended;
      // What had its record before was not begun again.
      const begun = place
        .notes()
        .slice(began)
        .filter((line) => line.startsWith('start'));
      begun.forEach((line) => expect(done).not.toContain(line.split(' ')[1]));
      namesOf(place.records()).forEach((name) => done.add(name));
    }
    const { code } = await place.run(['study.json', '--json'], { STUB_MILLISECONDS: '1' });
    expect(code).toBe(0);
    expect(namesOf(place.records())).toEqual(everything);
    const resumed = place.notes().filter((line) => /^start .* from [1-9]/.test(line));
    expect(resumed.length).toBeGreaterThan(0);
    // No step is done twice by a run that ended: each start goes on where the last had saved.
    for (const name of parts) {
      const starts = place.notes().flatMap((line) => line.match(`^start ${name} from (\\d+)$`)?.[1] ?? []);
      expect(starts.map(Number)).toEqual(starts.map(Number).sort((a, b) => a - b));
    }
    expect(existsSync(join(place.out, 'results.json'))).toBe(true);
  }, 120_000);

  test('stops gently at the first signal, and the same command goes on', async () => {
    place = await studyWorkplace({ base: { ...(stubStudy().base as object), train: { steps: 500 } } });
    const study = place.start(['study.json', '--json']);
    await study.until((text) => text.includes('"event":"step"'));
    study.child.kill('SIGINT');
    expect(await study.ended).toBe(130);
    expect(study.printed.stdout).toContain('Stopping: the parts save and end.');
    expect(study.printed.stderr).toMatch(/Stopped; \d+ of 12 parts are done\. The same command goes on/);
    expect(place.notes().filter((line) => line.startsWith('saved')).length).toBeGreaterThan(0);
    const { code } = await place.run(['study.json', '--json'], { STUB_MILLISECONDS: '0' });
    expect(code).toBe(0);
    expect(place.notes().some((line) => /^start .* from [1-9]/.test(line))).toBe(true);
  });

  test('a second signal ends it and its parts at once', async () => {
    place = await studyWorkplace({ base: { ...(stubStudy().base as object), train: { steps: 5000 } } });
    const study = place.start(['study.json'], { STUB_MILLISECONDS: '200' });
    await study.until((text) => text.includes('m3ae-seed0: begins'));
    await sleep(200);
    const began = performance.now();
    study.child.kill('SIGINT');
    study.child.kill('SIGTERM');
    await study.ended;
    expect(performance.now() - began).toBeLessThan(2000);
    const length = place.notes().length;
    await sleep(600);
    expect(place.notes()).toHaveLength(length); // nothing runs on
  });

  test('a failing part is listed, stops no other and is tried again', async () => {
    place = await studyWorkplace();
    const { code, stderr } = await place.run(undefined, { STUB_FAILS: 'mae-seed1' });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^1 of 12 parts failed; the same command tries them again:\n {2}mae-seed1: see .*mae-seed1\..*\.log\n1 part waits for them\./,
    );
    expect(namesOf(place.records())).toEqual(everything.filter((name) => !name.startsWith('mae-seed1')));
    const log = /see (.*\.log)/.exec(stderr)![1]!;
    expect(readFileSync(join(place.folder, log), 'utf8')).toContain('train.batchSize must be smaller');
    expect(place.results().tables[0].rows[0].cells.top1.count).toBe(2);
    expect((await place.run()).code).toBe(0);
    expect(namesOf(place.records())).toEqual(everything);
  });

  test('two studies in one folder are refused', async () => {
    place = await studyWorkplace({ base: { ...(stubStudy().base as object), train: { steps: 500 } } });
    const first = place.start(['study.json']);
    await first.until((text) => text.includes('begins'));
    const { code, stderr } = await place.run();
    expect(code).toBe(2);
    expect(stderr).toMatch(/must be free; received .*, in use by process \d+/);
    first.child.kill('SIGTERM');
    await first.ended;
  });

  test('from the records alone it writes the same results, and trains again only what a new evaluation needs', async () => {
    place = await studyWorkplace();
    await place.run();
    const whole = readFileSync(join(place.out, 'results.json'), 'utf8');
    rmSync(join(place.out, 'runs'), { recursive: true });
    rmSync(join(place.out, 'results.json'));
    const before = place.notes().length;
    expect((await place.run(['study.json', '--report'])).code).toBe(0);
    expect(readFileSync(join(place.out, 'results.json'), 'utf8')).toBe(whole);
    expect((await place.run()).code).toBe(0);
    expect(place.notes()).toHaveLength(before);
    place.write(stubStudy({ evaluations: { probe: {}, knn: { variants: ['mae'] } }, seeds: [0] }));
    const { stdout } = await place.run(['study.json']);
    expect(stdout).toContain(
      'mae-seed0 is done again: it is to be evaluated, and what it left is no longer there.',
    );
    expect(place.notes().slice(before)).toEqual([
      'start mae-seed0 from 0',
      'end mae-seed0',
      'start mae-seed0.knn',
      'end mae-seed0.knn',
    ]);
  });

  test('a run whose checkpoint lacks a file is trained again too', async () => {
    place = await studyWorkplace({ seeds: [0] });
    await place.run();
    const runs = join(place.out, 'runs');
    const mae = readdirSync(runs).find((name) => /^mae-seed0\.[0-9a-f]{12}$/.test(name))!;
    rmSync(join(runs, mae, 'checkpoints', 'step-00000030', 'model.safetensors'));
    const knn = { variants: ['mae', 'm3ae'] };
    place.write(stubStudy({ evaluations: { probe: {}, knn }, seeds: [0] }));
    const before = place.notes().length;
    expect((await place.run()).code).toBe(0);
    const trained = place
      .notes()
      .slice(before)
      .filter((line) => /^start \S+ from/.test(line));
    expect(trained.map((line) => line.split(' ')[1])).toEqual(['mae-seed0']);
  });

  test('runs are told every setting, so that one goes on under a version with other defaults', async () => {
    place = await studyWorkplace({ seeds: [0] });
    await place.run();
    const runs = join(place.out, 'runs');
    const file = readdirSync(runs).find((name) => /^mae-seed0\..*\.config\.json$/.test(name))!;
    const told = JSON.parse(readFileSync(join(runs, file), 'utf8')) as Record<string, unknown>;
    expect(JSON.parse(JSON.stringify(resolveConfig(told)))).toEqual(told);
    expect(told).toMatchObject({
      method: 'mae',
      seed: 0,
      evaluation: { enabled: false, neighbors: [1, 5, 10, 20] },
    });
  });

  test('a changed setting makes other parts; the old ones stay and are listed', async () => {
    place = await studyWorkplace({ seeds: [0] });
    await place.run();
    const old = place.records();
    place.write(stubStudy({ seeds: [0], set: { 'train.steps': 20 } }));
    const { stdout } = await place.run(['study.json', '--dry-run']);
    expect(stdout.match(/is kept and not used/g)).toHaveLength(4);
    expect(stdout).toContain('4 parts, 4 to run, 2 at once');
    await place.run();
    expect(place.records()).toEqual(expect.arrayContaining(old));
    expect(place.records()).toHaveLength(8);
  });

  test('a record cut short counts as absent', async () => {
    place = await studyWorkplace({ seeds: [0] });
    mkdirSync(join(place.out, 'parts'), { recursive: true });
    await place.run();
    const file = place.records().find((name) => name.includes('probe'))!;
    writeFileSync(join(place.out, 'parts', file), '{"hash": "');
    const before = place.notes().length;
    await place.run();
    expect(place.notes().slice(before)).toHaveLength(2);
  });
});
