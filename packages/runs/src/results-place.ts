import { join } from 'node:path';
import { digestJson, inspectCheckpoints } from '@m3ae/checkpoint/files';
import { evaluationsFolder } from './evaluations.js';
import type { RunRecord } from './run-folder.js';

/** Where an evaluation keeps what it found. */
export interface ResultsPlace {
  /** Of its record and its pictures. */
  readonly folder: string;
  /** That folder as file names in results begin, from `evaluations` of the run: empty, or with a slash at its end. */
  readonly prefix: string;
}

/** A short name of data that the run was not trained beside; nothing where they are its own. */
function otherData(
  { data: { fingerprints } }: Pick<RunRecord, 'data'>,
  found: Readonly<Record<string, string>>,
): string | undefined {
  const parts = Object.entries(found);
  if (parts.every(([name, fingerprint]) => fingerprints[name] === fingerprint)) return undefined;
  return digestJson(parts).slice(0, 8);
}

/**
 * Where results belong. Those of the newest checkpoint on the run's own data lie in `evaluations` and make the report;
 * those of an earlier checkpoint, perhaps because a newer one is damaged, and those on other data, stand aside in a
 * folder of their own, so that they do not take the place of the others.
 *
 * @param run - Its folder, the step of the checkpoint that is evaluated, and what it was made with.
 * @param found - Fingerprints of the data that is evaluated on, by the name of its part; absent where the data of the
 * run has no part in it.
 */
export async function placeOfResults(
  run: { readonly folder: string; readonly step: number; readonly record: Pick<RunRecord, 'data'> },
  found: Readonly<Record<string, string>> = {},
): Promise<ResultsPlace> {
  const { whole, damaged } = await inspectCheckpoints(run.folder);
  const isOlder = [...whole, ...damaged].some(({ step }) => step > run.step);
  const other = otherData(run.record, found);
  const aside = [
    ...(isOlder ? [`step-${String(run.step).padStart(8, '0')}`] : []),
    ...(other === undefined ? [] : [`data-${other}`]),
  ].join('-');
  const folder = evaluationsFolder(run.folder);
  return aside === '' ? { folder, prefix: '' } : { folder: join(folder, aside), prefix: `${aside}/` };
}
