import { invalidField } from '@m3ae/errors';
import { loadOptional } from '@m3ae/runs/config';

/** The package of the built-in data; it may be absent. */
const samplePackage = '@m3ae/sample-datasets';

/** What a person reads who names built-in data without its package. */
export const howToInstall = `Run: npm install ${samplePackage}`;

/** The built-in data themselves; undefined where their package is not installed. */
export const loadSamples = () => loadOptional(samplePackage, () => import('@m3ae/sample-datasets'));

/** What checks their options; undefined where their package is not installed. Loaded at once, as the schema needs it. */
export const sampleSpecs = await loadOptional(
  `${samplePackage}/specs`,
  () => import('@m3ae/sample-datasets/specs'),
);

/** What is known of the built-in data without opening them; a `kind` is refused with the command that installs them, where they are not. */
export function specsFor(kind: string): NonNullable<typeof sampleSpecs> {
  if (sampleSpecs) return sampleSpecs;
  const rule = `a source whose package is installed; that of "${kind}" is ${samplePackage}`;
  throw invalidField('kind', rule, kind, howToInstall);
}
