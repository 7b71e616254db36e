import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadCheckpoint, saveCheckpoint } from '@m3ae/checkpoint/files';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runCommand } from './support/run-command.js';
import { resultOf, tinyWorkplace } from './support/tiny-run.js';

const newest = 'checkpoints/step-00000012';

describe('a run folder that is damaged', () => {
  let place: Awaited<ReturnType<typeof tinyWorkplace>>;
  let whole: Awaited<ReturnType<typeof resultOf>>;
  let out: string;

  const pretrain = (folder: string, ...more: readonly string[]) =>
    runCommand('pretrain', place.config, '--out', folder, '--quiet', ...more);
  const longer = (...more: readonly string[]) =>
    pretrain(out, '--resume', '--set', 'train.steps=20', ...more);
  const at = (name: string) => join(out, name);
  const lines = (name: string) => readFileSync(at(name), 'utf8').trim().split('\n');

  function flip(name: string): void {
    const content = readFileSync(at(name));
    content[Math.floor(content.length * 0.7)]! ^= 1;
    writeFileSync(at(name), content);
  }

  /** Nothing was trained: the files are those of the copy, but for the damage. */
  function expectUntouched(): void {
    expect(existsSync(at('checkpoints/step-00000016'))).toBe(false);
    expect(existsSync(at('checkpoints/step-00000004'))).toBe(true);
  }

  beforeAll(async () => {
    place = await tinyWorkplace({
      optimizer: {
        peakLearningRate: 1e-2,
        learningRatePer: 'batch',
        warmup: { steps: 3 },
        clipNorm: 1,
        scheduleSteps: 30,
      },
      train: { steps: 12, batchSize: 8, threads: 1 },
      checkpoint: { everySteps: 4, keepLast: 5, keepBest: 0 },
    });
    out = place.out('patient');
    expect(await pretrain(place.out('base'))).toMatchObject({ code: 0, stderr: '' });
    expect(await pretrain(place.out('whole'), '--set', 'train.steps=20')).toMatchObject({
      code: 0,
      stderr: '',
    });
    whole = await resultOf(place.out('whole'));
  }, 120_000);
  beforeEach(() => {
    rmSync(out, { recursive: true, force: true });
    cpSync(place.out('base'), out, { recursive: true });
  });
  afterAll(() => place.remove());

  describe('undamaged and finished', () => {
    test('is trained longer as if it had been asked for that length at once', async () => {
      const without = await pretrain(out, '--set', 'train.steps=20');
      expect(without.code).toBe(2);
      expect(without.stderr).toContain('train.steps must be as the run began, 12; received 20.');
      expect(without.stderr).toContain('--resume');
      expect(await longer()).toMatchObject({ code: 0, stderr: '' });
      expect(await resultOf(out)).toEqual(whole);
    });

    test('is not where the schedule ends with the run, and says what to do', async () => {
      const fixed = place.out('fixed');
      const schedule = ['--set', 'optimizer={"warmup":{"steps":3}}'];
      expect((await pretrain(fixed, ...schedule)).code).toBe(0);
      const refused = await pretrain(fixed, ...schedule, '--resume', '--set', 'train.steps=20');
      expect(refused.code).toBe(2);
      for (const word of ['train.steps', `initialize.run=${fixed}`, 'optimizer.scheduleSteps'])
        expect(refused.stderr).toContain(word);
    });
  });

  describe('in its newest checkpoint', () => {
    const damages: [string, () => void][] = [
      ['model.safetensors flipped', () => flip(`${newest}/model.safetensors`)],
      ['optimizer.safetensors cut', () => truncateSync(at(`${newest}/optimizer.safetensors`), 100)],
      ['state.json flipped', () => flip(`${newest}/state.json`)],
      ['state.json missing', () => rmSync(at(`${newest}/state.json`))],
    ];

    test.each(damages)('%s: it is told, and the run ends as if nothing had been', async (_, damage) => {
      damage();
      const { code, stderr } = await longer();
      expect(code).toBe(0);
      expect(stderr).toMatch(/Warning: The checkpoint of step 12 is damaged: .*step-00000012.*of step 8\./);
      expect(await resultOf(out)).toEqual(whole);
    });

    test.each(damages)('%s: an evaluation says which step it measures', async (_, damage) => {
      damage();
      const { code, stdout, stderr } = await runCommand(
        'reconstruct',
        out,
        '--caption',
        'red circle',
        '--json',
      );
      expect(code).toBe(0);
      expect(stderr).toContain('The checkpoint of step 12 is damaged');
      expect(JSON.parse(stdout)).toMatchObject({ run: { step: 8 } });
    });

    test('another run takes the encoder of the newest whole one, and says so', async () => {
      flip(`${newest}/model.safetensors`);
      const child = place.out('child');
      const { code, stderr } = await pretrain(
        child,
        '--set',
        `initialize.run=${out}`,
        '--set',
        'train.steps=4',
      );
      expect(code).toBe(0);
      expect(stderr).toContain('The encoder is that of step 8.');
    });
  });

  test('none of its checkpoints whole: no command begins anew or measures', async () => {
    for (const step of ['04', '08', '12']) rmSync(at(`checkpoints/step-000000${step}/state.json`));
    for (const command of [
      () => longer(),
      () => pretrain(out),
      () => runCommand('reconstruct', out, '--caption', 'red'),
    ]) {
      const { code, stderr } = await command();
      expect(code).toBe(2);
      for (const word of ['step 4 ', 'step 8 ', 'step 12 ', 'a copy', '--overwrite'])
        expect(stderr).toContain(word);
    }
    expectUntouched();
  });

  test('its checkpoints gone: it does not begin anew', async () => {
    rmSync(at('checkpoints'), { recursive: true });
    const { code, stderr } = await longer();
    expect(code).toBe(2);
    expect(stderr).toContain('all are gone');
    expect(existsSync(at('checkpoints'))).toBe(false);
  });

  describe.each([
    ['missing', () => rmSync(at('config.json'))],
    ['cut', () => truncateSync(at('config.json'), 200)],
    ['flipped', () => flip('config.json')],
  ])('config.json %s', (_, damage) => {
    test('another learning rate is refused, with both values; a new run does not begin over it', async () => {
      damage();
      const changed = await longer('--set', 'optimizer.peakLearningRate=0.5');
      expect(changed.code).toBe(2);
      expect(changed.stderr).toContain(
        'optimizer.peakLearningRate must be as the run began, 0.01; received 0.5.',
      );
      rmSync(at('finished.json'));
      const anew = await pretrain(out);
      expect(anew.code).toBe(2);
      expect(anew.stderr).toContain('config.json');
      expectUntouched();
    });

    test('the config of the checkpoint is taken, and the run ends as if nothing had been', async () => {
      damage();
      const { code, stderr } = await longer();
      expect(code).toBe(0);
      expect(stderr).toContain('The config is taken from the checkpoint of step 12.');
      expect(await resultOf(out)).toEqual(whole);
      expect(JSON.parse(readFileSync(at('config.json'), 'utf8'))).toHaveProperty('config.train.steps', 20);
    });
  });

  test('config.json of another run is told from that of the checkpoints', async () => {
    const other = place.out('other');
    expect((await pretrain(other, '--seed', '5')).code).toBe(0);
    cpSync(join(other, 'config.json'), at('config.json'));
    for (const command of [
      () => longer('--seed', '5'),
      () => runCommand('reconstruct', out, '--caption', 'red'),
    ]) {
      const { code, stderr } = await command();
      expect(code).toBe(2);
      expect(stderr).toMatch(/config\.json must be that of the checkpoints .* in seed\./);
    }
    expectUntouched();
  });

  test('a vocabulary.json that is lost or changed is not used: the checkpoint has its own', async () => {
    const args = ['reconstruct', out, '--caption', 'red circle', '--json'];
    const pieces = async () =>
      (JSON.parse((await runCommand(...args)).stdout) as { results: unknown }).results;
    const right = await pieces();
    writeFileSync(at('vocabulary.json'), 'null\n');
    expect(await pieces()).toEqual(right);
    rmSync(at('vocabulary.json'));
    expect(await pieces()).toEqual(right);
  });

  describe('in its logs', () => {
    const damages: [string, string, () => void][] = [
      ['metrics.jsonl missing', 'metrics.jsonl is missing', () => rmSync(at('metrics.jsonl'))],
      [
        'its last lines lost',
        'metrics.jsonl has 9 lines where 12 were written',
        () => writeFileSync(at('metrics.jsonl'), `${lines('metrics.jsonl').slice(0, 9).join('\n')}\n`),
      ],
      [
        'a line that is no JSON',
        'metrics.jsonl, line 5, is not JSON',
        () =>
          writeFileSync(
            at('metrics.jsonl'),
            `${lines('metrics.jsonl')
              .map((line, at) => (at === 4 ? '{"step":5,' : line))
              .join('\n')}\n`,
          ),
      ],
      [
        'a digit changed',
        'metrics.jsonl was changed in its first 12 lines',
        () =>
          writeFileSync(
            at('metrics.jsonl'),
            readFileSync(at('metrics.jsonl'), 'utf8').replace('"epoch":0', '"epoch":7'),
          ),
      ],
      ['validation.jsonl cut', 'validation.jsonl', () => truncateSync(at('validation.jsonl'), 50)],
    ];

    test.each(damages)('%s: it is named, and the choice is given', async (_, fault, damage) => {
      damage();
      const refused = await longer();
      expect(refused.code).toBe(2);
      for (const word of [fault, 'a copy', '--allow-lost-lines', '--overwrite'])
        expect(refused.stderr).toContain(word);
      expectUntouched();
      const { code, stderr } = await longer('--allow-lost-lines');
      expect(code).toBe(0);
      expect(stderr).toContain(fault);
      // What is computed does not depend on the logs, and the next save promises what is there now.
      expect((await resultOf(out)).digest).toBe(whole.digest);
      expect(await pretrain(out, '--resume', '--set', 'train.steps=22')).toMatchObject({
        code: 0,
        stderr: '',
      });
    });
  });

  test('a run of before checkpoints held config and promises still goes on', async () => {
    const folder = at(newest);
    const { step, state, trees } = await loadCheckpoint(folder);
    const { record: _record, lines: _lines, ...before } = state as Record<string, unknown>;
    rmSync(at('checkpoints'), { recursive: true });
    await saveCheckpoint(out, { step, trees, state: before });
    const { sha256: _sha256, ...config } = JSON.parse(readFileSync(at('config.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    writeFileSync(at('config.json'), JSON.stringify(config));
    expect(await longer()).toMatchObject({ code: 0, stderr: '' });
    expect(await resultOf(out)).toEqual(whole);
  });

  test('half-written files go with the next start, unless their process lives', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    mkdirSync(at('evaluations/step-00000004'), { recursive: true });
    const dead = [
      `vocabulary.json.${child.pid}.part`,
      `evaluations/step-00000004/knn.json.${child.pid}.part`,
    ];
    const living = `report.html.${process.pid}.part`;
    for (const name of [...dead, living]) writeFileSync(at(name), 'half');
    await pretrain(out);
    expect([...dead, living].map((name) => existsSync(at(name)))).toEqual([false, false, true]);
  });
});
