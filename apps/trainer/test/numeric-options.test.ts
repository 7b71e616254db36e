import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { benchCommand } from '../src/commands/bench.js';
import { evaluationCommands } from '../src/commands/evaluation-commands.js';
import { dataCommand } from '../src/commands/data.js';
import { changesOf } from '../src/commands/run-evaluation.js';
import { modelCommand } from '../src/commands/model-commands.js';
import { verifyCommand } from '../src/commands/verify.js';
import { runCommand } from './support/run-command.js';

const commands = [
  ...evaluationCommands(),
  benchCommand(),
  dataCommand(),
  ...(['plan', 'pretrain', 'study'] as const).map(modelCommand),
  verifyCommand(),
].flatMap((command): { words: string[]; command: Command }[] => {
  return command.commands.length === 0
    ? [{ words: [command.name()], command: command }]
    : command.commands.map((inner) => ({ words: [command.name(), inner.name()], command: inner }));
});

/** Options whose value is a number, by what stands for it in the help. */
const isNumeric = /<(count|counts|number|numbers|rate|factor|share|examples|pixels)>/;

/** Options that a command only looks at beside others. */
const beside: Readonly<Record<string, string[]>> = {
  'probe --epochs': ['--reference'],
  'probe --batch': ['--reference'],
  'attention --head': ['--layer', '0'],
  'data prepare': ['--out', 'prepared'],
};

const options = commands.flatMap(({ words, command }) =>
  command.options
    .filter(({ flags, hidden }) => isNumeric.test(flags) && !hidden) // a hidden one is an earlier spelling
    .map(({ long }) => ({ name: [...words, long].join(' '), words, option: long! })),
);

/** Any whole number may be a seed; the threads of a run are a setting of its config, which has a bound. */
const isElsewhere = ({ name, option }: (typeof options)[number]) =>
  option === '--seed' ||
  option === '--seeds' ||
  (option === '--threads' && !/^(verify|bench|study)/.test(name));

test('wrong options of finetune are told all at once', async () => {
  const wrong = ['--epochs', '0', '--learning-rate', 'fast', '--layer-decay', '2'];
  const { code, stderr } = await runCommand('finetune', 'no-such-folder', ...wrong);
  expect(code).toBe(2);
  expect(stderr).toMatch(
    /--epochs must .* 0\.[^]*--learning-rate must .* fast\.[^]*--layer-decay must .* 2\./,
  );
});

test('the numeric options are found', () => {
  expect(options.length).toBeGreaterThan(30);
});

test.each(options.filter((one) => !isElsewhere(one)))(
  '$name has an upper bound',
  async ({ name, words, option }) => {
    const arguments_ = words[0] === 'bench' || words[0] === 'study' ? [] : ['no-such-folder'];
    for (const value of ['1e15', '9'.repeat(30)]) {
      const { code, stderr } = await runCommand(
        ...words,
        ...arguments_,
        ...(beside[name] ?? beside[words.join(' ')] ?? []),
        option,
        value,
      );
      expect(code).toBe(2);
      expect(stderr).toContain(option);
      expect(stderr).toMatch(/at most \d|from [01] to \d|below 1|in [[(]0, 1\]/);
    }
  },
);

test('the threads of an evaluation are a setting of its config', () => {
  expect(changesOf({ set: [], threads: '100000' })).toEqual(['train.threads=100000']);
});
