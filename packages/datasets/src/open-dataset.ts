import { joinDatasets } from './concat/join-datasets.js';
import type { Dataset, DatasetSpec } from './dataset.js';
import { openEmoji } from './emoji/open-emoji.js';
import type { OnProgress } from './progress.js';
import { invalidField } from './errors.js';
import { openFolder } from './folder/open-folder.js';
import { openIcons } from './icons/open-icons.js';
import { openIdx } from './idx/open-idx.js';
import { openScenes } from './scenes/open-scenes.js';
import { openWordnet } from './wordnet/wordnet.js';

/**
 * Opens any dataset by its spec.
 *
 * @param spec - Plain JSON; `kind` says which.
 * @param onProgress - Told how far it is, where opening takes long.
 * @throws RangeError if the kind or an option is unknown or out of range.
 * @throws DatasetError if the data is missing or unusable; all faults at once.
 *
 * @example
 * ```ts
 * const photos = await openDataset({ kind: 'folder', path: 'photos' });
 * const emoji = await openDataset({ kind: 'emoji', cacheFolder: 'cache' });
 * ```
 */
export async function openDataset(spec: DatasetSpec, onProgress?: OnProgress): Promise<Dataset> {
  switch (spec.kind) {
    case 'emoji':
      return openEmoji(spec, onProgress);
    case 'scenes':
      return openScenes(spec, onProgress);
    case 'icons':
      return openIcons(spec, onProgress);
    case 'idx':
      return openIdx(spec);
    case 'folder':
      return openFolder(spec, onProgress);
    case 'wordnet':
      return openWordnet(spec);
    case 'concat':
      return joinDatasets(await Promise.all(spec.sources.map((source) => openDataset(source, onProgress))));
    default: {
      const { kind } = spec as { kind: unknown };
      throw invalidField(
        'kind',
        '"emoji", "scenes", "icons", "folder", "idx", "wordnet" or "concat"',
        kind,
        'Choose where the examples come from.',
      );
    }
  }
}
