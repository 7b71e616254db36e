import { afterEach, expect, test, vi } from 'vitest';
import { main } from '../src/cli.js';
import { guessedWords } from '../src/commands/guesses.js';

afterEach(() => vi.restoreAllMocks());

/** Runs a command line in this process. */
async function run(...args: string[]) {
  const written = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      written[stream] += String(text);
      return true;
    });
  const code = await main(args);
  vi.restoreAllMocks();
  return { code, ...written };
}

/** Commands and options that a text names as they are typed. */
const typedIn = (text: string) => [...text.matchAll(/npx @m3ae\/trainer (\S+)/g)].map(([, name]) => name!);

test('a word that people guess is told with commands that there are', async () => {
  const help = (await run('--help')).stdout;
  const known = [...help.matchAll(/^ {2}(?:-\w, )?([a-z]+|--[a-z]+) /gm)].map(([, name]) => name!);
  for (const word of guessedWords) {
    const { code, stderr } = await run(word, 'runs/a');
    const named = typedIn(stderr);
    expect([code, named.length > 0], word).toEqual([2, true]);
    expect(known, word).toEqual(expect.arrayContaining(named));
    expect(known, `${word} is a command`).not.toContain(word);
  }
  expect(new Set(guessedWords).size).toBe(guessedWords.length);
}, 60_000);

test.each([
  ['evaluate', ['probe', 'knn', 'retrieve', 'ood', 'attention']],
  ['Train', ['pretrain']],
  ['export', ['convert']],
  ['probbe', []], // the nearest name
])('%s leads to %j', async (word, commands) => {
  const { code, stderr } = await run(word);
  expect([code, typedIn(stderr)]).toEqual([2, commands]);
  expect(stderr).toContain(commands.length === 0 ? '(Did you mean probe?)' : `unknown command '${word}'`);
});
