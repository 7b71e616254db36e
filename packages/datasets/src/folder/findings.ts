import { listSome, pluralize, unusable } from '@m3ae/errors';
import { createTally, type DatasetNote, type NoteCode, noteOf, type Tally } from '../notes.js';
import {
  endingOf,
  type FolderListing,
  isMetadata,
  isOtherPicture,
  isPicture,
  pictureEndings,
  stemOf,
} from './files.js';
import { classOf, type FoundLayout, type Layout } from './layout.js';
import type { Pairing } from './pair.js';
import type { ResolvedFolderSpec } from './spec.js';

/** Files of a folder that were seen and not read. */
interface OtherFiles {
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
  const all = (code: NoteCode, places: readonly string[]) => noteOf(code, { count: places.length, places });
  return [
    all('parts-by-folder', [...(layout?.folders.keys() ?? [])]),
    pairing.invalidText,
    noteOf('missing-caption', pairing.withoutCaption),
    noteOf('missing-picture', pairing.withoutPicture),
    noteOf('unpaired-text', pairing.unpairedText),
    ...pairing.notes,
    all('broken-link', listing.broken),
    all('link-cycle', listing.cycles),
    ...[...others.pictures].map(([ending, tally]) => noteOf('other-picture', tally, ending)),
    noteOf('other-metadata', others.metadata),
  ].filter(({ count }) => count > 0);
}

/** @throws InvalidInput listing everything that is wrong with a folder. */
export function refuseFaults(
  spec: ResolvedFolderSpec,
  pairing: Pairing,
  listing: FolderListing,
  others: OtherFiles,
  found: FoundLayout,
): void {
  const faults = [
    ...pairing.faults,
    ...linkFaults(spec, listing),
    ...pairFaults(spec, pairing, others),
    ...classFaults(spec, pairing, found),
  ];
  if (pairing.rows.length === 0 && faults.length === 0) {
    faults.push(`It holds no pictures (${pictureEndings.join(', ')}). ${seen(others)}Check the path.`);
  }
  if (faults.length > 0) throw unusable(faults, { head: `The folder ${spec.path} cannot be used` });
}

function linkFaults(spec: ResolvedFolderSpec, { unfollowed, broken }: FolderListing): string[] {
  const faults: string[] = [];
  if (unfollowed.length > 0) {
    const what = `These links lead out of the folder or to other folders: ${listSome(unfollowed)}`;
    faults.push(`${what}. Set followLinks to read what they lead to, or copy the files into the folder.`);
  }
  if (broken.length > 0 && !spec.allowMissingPictures) {
    const what = `These links lead nowhere: ${listSome(broken)}`;
    faults.push(`${what}. Fetch what they lead to, remove them, or set allowMissingPictures.`);
  }
  return faults;
}

function pairFaults(spec: ResolvedFolderSpec, pairing: Pairing, others: OtherFiles): string[] {
  const { withoutPicture, withoutCaption, unpairedText, invalidText, faults: unreadable } = pairing;
  const faults: string[] = [];
  if (withoutPicture.count > 0 && !spec.allowMissingPictures) {
    const what = `${pluralize(withoutPicture.count, 'caption has', 'captions have')} no picture`;
    faults.push(
      `${what}: ${listed(withoutPicture)}. Add the pictures, remove the captions, or set allowMissingPictures.`,
    );
  }
  // A caption file that could not be read at all leaves every picture without a caption; that goes without saying.
  const nothingRead = unreadable.length > 0 && withoutCaption.count >= pairing.rows.length;
  if (withoutCaption.count > 0 && !spec.allowMissingCaptions && !nothingRead) {
    const what = `${pluralize(withoutCaption.count, 'picture has', 'pictures have')} no caption`;
    const texts =
      unpairedText.count > 0
        ? `${pluralize(unpairedText.count, 'text file stands', 'text files stand')} beside no picture: ${listed(unpairedText)}. `
        : '';
    faults.push(
      `${what}: ${listed(withoutCaption)}. ${texts}${seen(others)}Add them, set allowMissingCaptions, or use captions: "none".`,
    );
  }
  if (invalidText.count > 0 && spec.strictText) {
    faults.push(`These captions are not valid UTF-8: ${listed(invalidText)}. Save them as UTF-8.`);
  }
  return faults;
}

function classFaults(
  spec: ResolvedFolderSpec,
  { rows, captionFile, faults }: Pairing,
  { layout, strays }: FoundLayout,
): string[] {
  if (spec.labels === 'none') return [];
  if (spec.labels === 'column' && captionFile === undefined) {
    if (faults.length > 0) return []; // of the caption file that was named
    return [
      `labels: "column" reads the column label of a caption file, and there is none with captions: "${spec.captions}". Name one, e.g. captions: "labels.csv", or set labels: "subfolder".`,
    ];
  }
  if (spec.labels === 'subfolder' && strays.count > 0) {
    return [
      `Its sub-folders look like parts, and ${pluralize(strays.count, 'picture lies', 'pictures lie')} in none: ${listed(strays)}. Move them into train, val or test, or set layout: "none" to take every sub-folder for a class.`,
    ];
  }
  const unlabeled = createTally();
  for (let row = 0; row < rows.length; row++) {
    if (classOf(spec, rows, row, layout) === undefined) unlabeled.add(rows.placeOf(row));
  }
  if (unlabeled.count === 0) return [];
  const where = layout === undefined ? '' : ` of ${[...layout.folders.keys()].join(', ')}`;
  const remedy =
    spec.labels === 'column' ? 'Fill the label column.' : `Put each class into its own sub-folder${where}.`;
  const what = pluralize(unlabeled.count, 'picture has', 'pictures have');
  return [`${what} no class: ${listed(unlabeled)}. ${remedy}`];
}

/** Names what lies there and was not read, as it may be what is missing. */
function seen({ pictures, metadata }: OtherFiles): string {
  const kinds = [...pictures].map(([ending, { count }]) => `${count} ${ending}`);
  const files = [...kinds, ...metadata.places.slice(0, 10)];
  if (files.length === 0) return '';
  const readable = metadata.places.find((file) => /\.(csv|jsonl)$/i.test(file));
  const hint =
    readable === undefined ? '' : `To read captions from ${readable}, set captions: "${readable}". `;
  return `Seen and not read: ${listSome(files)}. ${hint}`;
}

/** The first places, and how many more there are. */
export function listed({ count, places }: Pick<Tally, 'count' | 'places'>): string {
  const shown = places.slice(0, 20).join(', ');
  const more = count - Math.min(20, places.length);
  return more > 0 ? `${shown} and ${more.toLocaleString('en')} more` : shown;
}
