import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf, systemErrorOf } from '@m3ae/errors';

/**
 * Loads a package that need not be installed: from beside the program, or from the folder that it runs in, whose installed packages are not
 * visible from where `npx` keeps a program.
 *
 * @param entry - E.g. `@m3ae/sample-datasets/specs`.
 * @param beside - Imports it from beside the program.
 * @returns undefined where it is not installed.
 * @throws What the package itself fails with.
 *
 * @example
 * ```ts
 * const samples = await loadOptional('@m3ae/sample-datasets', () => import('@m3ae/sample-datasets'));
 * ```
 */
export async function loadOptional<Module>(
  entry: string,
  beside: () => Promise<Module>,
): Promise<Module | undefined> {
  const name = entry.split('/').slice(0, entry.startsWith('@') ? 2 : 1);
  const isAbsence = (error: unknown) => {
    const { code } = systemErrorOf(error);
    const isMissing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
    return isMissing && messageOf(error).includes(name.join('/'));
  };
  try {
    return await beside();
  } catch (error) {
    if (!isAbsence(error)) throw error;
  }
  try {
    const file = createRequire(join(process.cwd(), 'package.json')).resolve(entry);
    return (await import(pathToFileURL(file).href)) as Module; // the same entry of the same package
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}
