import { localCopy } from '../bytes/cache.js';
import type { Dataset } from '../dataset.js';
import type { FolderParts } from '../folder/open-folder.js';
import type { OnProgress } from '../progress.js';
import { findAllFiles } from '../source/find-files.js';
import { openHdf5File } from './library.js';
import { openHdf5 } from './open-hdf5.js';
import { type Hdf5Spec, resolveHdf5Spec } from './spec.js';

/**
 * Opens the parts of HDF5 files that hold several: `train_jpg`, `val_jpg`, `test_jpg`.
 *
 * @returns `train`, or all where there are no parts, or `partition` names one; null for others that are not there.
 * @throws InvalidInput if an option is unknown or out of range, or a file is missing, of another kind, or damaged.
 */
export async function openHdf5Parts(spec: Hdf5Spec, onProgress?: OnProgress): Promise<FolderParts> {
  const train = await openHdf5(spec, onProgress);
  const names = spec.partition === undefined ? await namesOf(spec) : [];
  const has = (part: string): boolean => names.some((name) => name.startsWith(`${part}_`));
  const open = async (...parts: readonly string[]): Promise<Dataset | null> => {
    const partition = has('train') ? parts.find(has) : undefined;
    return partition === undefined ? null : openHdf5({ ...spec, partition }, onProgress);
  };
  return { train, validation: await open('val', 'valid', 'validation'), test: await open('test') };
}

async function namesOf(spec: Hdf5Spec): Promise<string[]> {
  const { files, cacheFolder } = resolveHdf5Spec(spec);
  const [first] = await findAllFiles([files].flat());
  const file = await openHdf5File(await localCopy(first!, cacheFolder), first!.address);
  const names = [...file.fields.keys()];
  file.close();
  return names;
}
