import type { DatasetNote, NoteCode } from '../notes.js';
import { createTally, type Tally } from './fault-counter.js';
import { endingOf, isMetadata, isOtherPicture, isPicture, stemOf } from './kinds.js';
import type { Layout } from './layout.js';
import type { Pairing } from './pair.js';
import type { FolderListing } from './scan.js';
import type { ResolvedFolderSpec } from './spec.js';

/** Files of a folder that were seen and not read. */
export interface OtherFiles {
  /** Pictures of other kinds, by their ending. */
  readonly pictures: ReadonlyMap<string, Tally>;
  /** Files that may hold captions, or the pictures themselves. */
  readonly metadata: Tally;
}

/** Counts what is left of a folder beside its pictures and captions; no metadata where captions are not wanted. */
export function otherFilesOf(
  { files }: FolderListing,
  { captions }: ResolvedFolderSpec,
  captionFile?: string,
): OtherFiles {
  const pictures = new Map<string, Tally>();
  const metadata = createTally();
  for (const [at, file] of files.entries()) {
    if (isOtherPicture(file)) {
      const ending = endingOf(file);
      const tally = pictures.get(ending) ?? createTally();
      pictures.set(ending, tally);
      tally.add(file);
    } else if (
      captions !== 'none' &&
      file !== captionFile &&
      isMetadata(file) &&
      !standsBesidePicture(files, at)
    ) {
      metadata.add(file);
    }
  }
  return { pictures, metadata };
}

/** Downloaders put a .json of its own beside each picture; in the order of names the two are neighbors. */
function standsBesidePicture(files: readonly string[], at: number): boolean {
  const stem = stemOf(files[at]!);
  return [at - 2, at - 1, at + 1, at + 2].some((near) => {
    const other = files[near];
    return other !== undefined && isPicture(other) && stemOf(other) === stem;
  });
}

/** Everything about a folder that a report should tell. */
export function notesOf(
  pairing: Pairing,
  listing: FolderListing,
  others: OtherFiles,
  layout?: Layout,
): DatasetNote[] {
  const note = (code: NoteCode, { count, places }: Pick<Tally, 'count' | 'places'>, detail?: string) => ({
    code,
    count,
    ...(detail !== undefined && { detail }),
    places: places.slice(0, 100),
  });
  const listed = (code: NoteCode, places: readonly string[]) => note(code, { count: places.length, places });
  return [
    listed('parts-by-folder', [...(layout?.folders.keys() ?? [])]),
    pairing.invalidText,
    note('missing-caption', pairing.withoutCaption),
    note('missing-picture', pairing.withoutPicture),
    note('unpaired-text', pairing.unpairedText),
    ...pairing.notes,
    listed('broken-link', listing.broken),
    listed('link-cycle', listing.cycles),
    ...[...others.pictures].map(([ending, tally]) => note('other-picture', tally, ending)),
    note('other-metadata', others.metadata),
  ].filter(({ count }) => count > 0);
}
