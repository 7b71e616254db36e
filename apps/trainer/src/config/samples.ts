import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { invalidField, systemErrorOf, messageOf } from '@m3ae/errors';

/** The package of the built-in data; it may be absent. */
const samplePackage = '@m3ae/sample-datasets';

/** What a person reads who names built-in data without its package. */
export const howToInstall = `Run: npm install ${samplePackage}`;

/**
 * Loads an entry of the package from beside this one, or from the folder that the command runs in, whose installed packages
 * are not visible from here where `npx` keeps this one elsewhere.
 *
 * @returns undefined where it is not installed.
 */
async function load<Module>(entry: string, beside: () => Promise<Module>): Promise<Module | undefined> {
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

function isAbsence(error: unknown): boolean {
  const { code } = systemErrorOf(error);
  const isMissing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
  return isMissing && messageOf(error).includes(samplePackage);
}

/** The built-in data themselves; undefined where their package is not installed. */
export const loadSamples = () => load(samplePackage, () => import('@m3ae/sample-datasets'));

/** What checks their options; undefined where their package is not installed. Loaded at once, as the schema needs it. */
export const sampleSpecs = await load(`${samplePackage}/specs`, () => import('@m3ae/sample-datasets/specs'));

/**
 * What is known of the built-in data without opening them.
 *
 * @param kind - Of the source that needs it.
 * @throws InvalidInput with the command that installs them, where they are not.
 */
export function specsFor(kind: string): NonNullable<typeof sampleSpecs> {
  if (sampleSpecs) return sampleSpecs;
  const rule = `a source whose package is installed; that of "${kind}" is ${samplePackage}`;
  throw invalidField('kind', rule, kind, howToInstall);
}
