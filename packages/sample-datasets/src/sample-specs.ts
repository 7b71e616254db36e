import { checkOptions, integer, matching, oneOf, record, text, withDefault } from '@m3ae/errors/rules';
import type { EmojiSpec } from './emoji/spec.js';
import type { SceneSpec } from './scenes/spec.js';

/** The drawings of one Iconify set, with their names as captions. */
export interface IconSpec {
  readonly kind: 'icons';
  /** The set: the npm package `@iconify-json/SET` must be installed, e.g. `logos` or `circle-flags`. */
  readonly set: string;
  /** Folder for the rendered pictures; made if missing. About 12 KB a picture at 64 px. */
  readonly cacheFolder: string;
  /** Side of the rendered pictures in pixels, 8 to 512. Default 64. */
  readonly size?: number;
}

/** The npm package of an Iconify set. */
export function iconPackage(set: string): string {
  return `@iconify-json/${set}`;
}

/** An {@link IconSpec} with every option filled in. */
export type ResolvedIconSpec = Required<IconSpec>;

const iconRule = record({
  kind: oneOf(['icons'], 'Write "icons".'),
  // It becomes part of a package's name and of a file's: nothing that could lead elsewhere.
  set: matching<string>(
    'the name of an Iconify set',
    (set) => typeof set === 'string' && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(set),
    'Write e.g. "logos" or "circle-flags".',
    'logos',
  ),
  cacheFolder: text('Name a folder for the rendered pictures, e.g. "cache/emoji".', 'a folder path'),
  size: withDefault(integer({ min: 8, max: 512 }, 'Pass a side in pixels, e.g. 64.'), 64),
});

/**
 * Fills in the defaults.
 *
 * @throws InvalidInput listing every option that is unknown or out of range.
 */
export function resolveIconSpec(spec: IconSpec): ResolvedIconSpec {
  return checkOptions(iconRule, spec);
}

/** The glosses and example sentences of WordNet. */
export interface WordnetSpec {
  readonly kind: 'wordnet';
}

/** @throws InvalidInput for any other option. */
export function resolveWordnetSpec(spec: WordnetSpec): WordnetSpec {
  return checkOptions(record({ kind: oneOf(['wordnet'], 'Write "wordnet".') }), spec);
}

/** Any of the built-in sets, as plain JSON. */
export type SampleSpec = EmojiSpec | SceneSpec | IconSpec | WordnetSpec;
