import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { inspectCheckpoints } from '@m3ae/checkpoint/files';
import type { Sources } from '../run/sources.js';
import { evaluationsFolder } from './envelope.js';
import type { OpenedRun } from './open-run.js';

/** Where an evaluation keeps what it found. */
export interface ResultsPlace {
  /** Of its record and its pictures. */
  readonly folder: string;
  /** That folder as file names in results begin, from `evaluations` of the run: empty, or with a slash at its end. */
  readonly prefix: string;
}

/** Changes that leave the pictures as they are: what belongs to them is told anew. */
const samePictures = /^data\.(?!source|extra)|^data\.source\.(labels|captions)\b/;

/** A short name of pictures that the run was not trained beside; nothing where they are its own. */
function otherData({ record }: OpenedRun, { train, validation, tests }: Sources): string | undefined {
  const { fingerprints } = record.data;
  const parts = [train, validation, ...tests].filter((part) => part !== null);
  if (parts.every(({ name, dataset }) => fingerprints[name] === dataset.fingerprint)) return undefined;
  const found = parts.map(({ name, dataset }) => [name, dataset.fingerprint]);
  return createHash('sha256').update(JSON.stringify(found)).digest('hex').slice(0, 8);
}

/**
 * Where results belong. Those of the newest checkpoint on the run's own data lie in `evaluations` and make the report;
 * those of an earlier checkpoint, perhaps because a newer one is damaged, and those on other data, stand aside in a
 * folder of their own, so that they do not take the place of the others.
 *
 * @param data - What is evaluated on and the settings that were changed for it, `path=value` each; absent where the data
 * of the run has no part in it.
 */
export async function placeOfResults(
  run: OpenedRun,
  data?: { readonly sources: Sources; readonly changes: readonly string[] },
): Promise<ResultsPlace> {
  const { whole, damaged } = await inspectCheckpoints(run.folder);
  const isOlder = [...whole, ...damaged].some(({ step }) => step > run.step);
  const changed = data?.changes.some((change) => change.startsWith('data.') && !samePictures.test(change));
  const other = data !== undefined && changed ? otherData(run, data.sources) : undefined;
  const aside = [
    ...(isOlder ? [`step-${String(run.step).padStart(8, '0')}`] : []),
    ...(other === undefined ? [] : [`data-${other}`]),
  ].join('-');
  const folder = evaluationsFolder(run.folder);
  return aside === '' ? { folder, prefix: '' } : { folder: join(folder, aside), prefix: `${aside}/` };
}
