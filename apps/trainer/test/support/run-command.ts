import { vi } from 'vitest';
import { main } from '../../src/cli.js';

/** Runs one command line in this process and tells what it printed. */
export async function runCommand(...args: readonly string[]) {
  const printed = { stdout: '', stderr: '' };
  const take = (stream: 'stdout' | 'stderr') => (text: unknown) => {
    printed[stream] += String(text);
    return true;
  };
  const line = (stream: 'stdout' | 'stderr') => (text: unknown) =>
    void (printed[stream] += `${String(text)}\n`);
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(take('stdout')),
    vi.spyOn(process.stderr, 'write').mockImplementation(take('stderr')),
    vi.spyOn(console, 'log').mockImplementation(line('stdout')),
    vi.spyOn(console, 'error').mockImplementation(line('stderr')),
  ];
  try {
    return { code: await main(args), ...printed };
  } finally {
    spies.forEach((spy) => spy.mockRestore());
  }
}
