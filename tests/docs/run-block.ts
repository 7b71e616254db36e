import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'node:util';
import { vi } from 'vitest';

/** Programs lie inside of the repository while they run, so that they find its packages. */
const folder = fileURLToPath(new URL('./programs/', import.meta.url));

/**
 * Runs a block of code as a program of its own, in an empty working folder.
 *
 * @param prepare - Puts into the working folder what the program expects there.
 * @param inspect - Looks at what the program has left there.
 * @returns What it printed, an entry for each call of console.log, with runs of white space made one space.
 */
export async function runBlock(
  name: string,
  code: string,
  prepare: (workingFolder: string) => unknown = () => {},
  inspect: (workingFolder: string) => unknown = () => {},
): Promise<string[]> {
  const printed: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => {
    printed.push(format(...values).replaceAll(/\s+/g, ' '));
  });
  const before = process.cwd();
  const workingFolder = mkdtempSync(join(tmpdir(), 'm3ae-docs-'));
  const path = join(folder, `${name.replaceAll(/[^a-z0-9]+/gi, '-')}.ts`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, code);
  try {
    await prepare(workingFolder);
    process.chdir(workingFolder);
    await import(path);
    await inspect(workingFolder);
    return printed;
  } finally {
    process.chdir(before);
    log.mockRestore();
    rmSync(path);
    rmSync(workingFolder, { recursive: true });
  }
}
