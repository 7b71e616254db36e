import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runVerify, verifyCommand } from '../src/commands/verify.js';

const cases = fileURLToPath(new URL('../../../packages/golden/test/fixtures/', import.meta.url));
const [threefry, pieces] = ['threefry', 'pieces-others'].map((name) => join(cases, name)) as [string, string];

/** What the command prints, and its exit code. */
async function verify(folders: string[], options: Parameters<typeof runVerify>[1]) {
  const lines: string[] = [];
  const code = await runVerify(folders, options, (line) => lines.push(line));
  return { code, lines };
}

test('a person reads each case and a summary', async () => {
  const { code, lines } = await verify([threefry, pieces], {});
  expect(lines.filter((line) => line.startsWith('PASS'))).toHaveLength(2);
  expect(lines.at(-1)).toBe('2 passed, 0 missed.');
  expect(code).toBe(0);
});

test('a program reads one JSON document, and exit code 2 where a folder holds no case', async () => {
  const { code, lines } = await verify([threefry, join(cases, 'nowhere')], { json: true });
  const document = JSON.parse(lines.join('\n')) as { pass: boolean; exitCode: number; cases: object[] };
  expect(document).toMatchObject({
    pass: false,
    exitCode: 2,
    cases: [{ status: 'pass' }, { status: 'bad' }],
  });
  expect(code).toBe(2);
});

test.each([
  ['--engine', 'cuda', /--engine must be one of compiled, eager:cpu/],
  ['--threads', '0', /--threads must be a positive integer; received 0\./],
  ['--threads', '1.5', /--threads must be a positive integer/],
])('%s %s is refused', async (option, value, message) => {
  const command = verifyCommand().exitOverride();
  await expect(command.parseAsync([threefry, option, value], { from: 'user' })).rejects.toThrow(message);
});
