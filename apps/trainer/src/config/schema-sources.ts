import { splitless } from '@m3ae/datasets';
import { checkedBy } from '@m3ae/errors/rules';
import type { EmojiSpec, IconSpec, SceneSpec, WordnetSpec } from '@m3ae/sample-datasets/specs';
import { specsFor } from './samples.js';

/** The part is what a run decides itself, and where drawings are kept may be left out. */
type CacheOptional<Spec extends { readonly cacheFolder: string }> = Omit<Spec, 'split' | 'cacheFolder'> &
  Partial<Pick<Spec, 'cacheFolder'>>;

/** Where drawn pictures are kept. */
export const defaultDrawings = { cacheFolder: '.cache/m3ae/emoji' };

/** Pictures of emoji. */
export const emojiSource = checkedBy((spec: CacheOptional<EmojiSpec>) =>
  splitless({ ...defaultDrawings, ...spec }, specsFor('emoji').resolveEmojiSpec),
);

/** Several emoji in a picture. */
export const sceneSource = checkedBy((spec: CacheOptional<SceneSpec>) =>
  splitless({ ...defaultDrawings, ...spec }, specsFor('scenes').resolveSceneSpec),
);

/** Drawings of an icon set. */
export const iconSource = checkedBy((spec: CacheOptional<IconSpec>) =>
  specsFor('icons').resolveIconSpec({ ...defaultDrawings, ...spec }),
);

/** Sentences of WordNet. */
export const wordnetSource = checkedBy((spec: WordnetSpec) => specsFor('wordnet').resolveWordnetSpec(spec));
