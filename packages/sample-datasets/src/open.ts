import type { Dataset, OnProgress } from '@m3ae/datasets';
import { invalidField } from '@m3ae/errors';
import { openEmoji } from './emoji/open-emoji.js';
import type { EmojiSpec } from './emoji/spec.js';
import { openIcons } from './icons/open-icons.js';
import type { IconSpec } from './icons/spec.js';
import { openScenes } from './scenes/open-scenes.js';
import type { SceneSpec } from './scenes/spec.js';
import type { WordnetSpec } from './wordnet/spec.js';
import { openWordnet } from './wordnet/wordnet.js';

/** Any of the built-in sets, as plain JSON. */
export type SampleSpec = EmojiSpec | SceneSpec | IconSpec | WordnetSpec;

/**
 * Opens any of the built-in sets. With it this package is a data source like any other module:
 * `openDataset({ kind: 'module', module: '@m3ae/sample-datasets', options: { kind: 'wordnet' } })`.
 *
 * @param spec - `kind` says which.
 * @param onProgress - Told of each picture that is drawn for the first time.
 * @throws InvalidInput if an option is unknown or out of range, or a data package is missing.
 *
 * @example
 * ```ts
 * const sentences = await open({ kind: 'wordnet' });
 * ```
 */
export async function open(spec: SampleSpec, onProgress?: OnProgress): Promise<Dataset> {
  switch (spec.kind) {
    case 'emoji':
      return openEmoji(spec, onProgress);
    case 'scenes':
      return openScenes(spec, onProgress);
    case 'icons':
      return openIcons(spec, onProgress);
    case 'wordnet':
      return openWordnet(spec);
    default: {
      const { kind } = spec;
      throw invalidField('kind', '"emoji", "scenes", "icons" or "wordnet"', kind, 'Choose one of them.');
    }
  }
}
