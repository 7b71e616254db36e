import { type CaptionRow, oneLine, parseCsv, parseJsonl } from './captions.js';
import { type DecodedText, readUtf8 } from './read-text.js';
import { type FolderListing, isInside, isPicture } from './scan.js';
import type { ResolvedFolderSpec } from './spec.js';

/** Pictures joined with their captions, and everything that was wrong. */
export interface Pairing {
  readonly rows: readonly CaptionRow[];
  readonly faults: readonly string[];
  /** Captions whose picture is not there. */
  readonly withoutPicture: readonly string[];
  /** Pictures that no caption names. */
  readonly withoutCaption: readonly string[];
  /** `file:line` of captions that were not valid UTF-8. */
  readonly invalidText: readonly string[];
}

const parallelReads = 32;

/** Joins the files of a folder with their captions as the spec says; reads captions, never pictures. */
export async function pairFolder(spec: ResolvedFolderSpec, listing: FolderListing): Promise<Pairing> {
  const pictures = listing.files.filter(isPicture);
  const manifest = chooseManifest(spec.captions, listing.files);
  if (manifest !== undefined) return pairManifest(spec, listing, pictures, manifest);
  if (spec.captions === 'none') {
    const rows = pictures.map((image) => ({ image, caption: '', place: image }));
    return { rows, faults: [], withoutPicture: [], withoutCaption: [], invalidText: [] };
  }
  return pairTextFiles(spec, listing, pictures);
}

function chooseManifest(captions: string, files: readonly string[]): string | undefined {
  if (captions === 'txt' || captions === 'none') return undefined;
  if (captions !== 'auto') return captions;
  return ['captions.jsonl', 'captions.csv'].find((name) => files.includes(name));
}

async function pairManifest(
  spec: ResolvedFolderSpec,
  listing: FolderListing,
  pictures: readonly string[],
  file: string,
): Promise<Pairing> {
  const present = new Set(listing.files);
  if (!present.has(file)) {
    const fault = `captions must be a file in ${spec.path}; received ${file}. Put it there, or leave captions out.`;
    return { rows: [], faults: [fault], withoutPicture: [], withoutCaption: [], invalidText: [] };
  }
  const { text, invalidLines } = await readUtf8(spec.path, file);
  const { rows, faults } = file.endsWith('.csv') ? parseCsv(text, file) : parseJsonl(text, file);
  const escapes = rows.filter(({ image }) => !isInside(image));
  const inside = rows.filter(({ image }) => isInside(image));
  const named = new Set(inside.map(({ image }) => image));
  const empty = inside.filter(({ caption }) => caption === '').map(({ image }) => image);
  return {
    rows: [
      ...inside.filter(({ image }) => present.has(image)),
      ...pictures.filter((image) => !named.has(image)).map((image) => ({ image, caption: '', place: image })),
    ],
    faults: [
      ...faults,
      ...escapes.map(
        ({ image, place }) => `${place} names ${image}, outside the folder. Name pictures inside it.`,
      ),
    ],
    withoutPicture: inside
      .filter(({ image }) => !present.has(image))
      .map(({ image, place }) => `${place} (${image})`),
    withoutCaption: [...empty, ...pictures.filter((image) => !named.has(image))],
    invalidText: invalidLines.map((line) => `${file}:${line}`),
  };
}

async function pairTextFiles(
  spec: ResolvedFolderSpec,
  listing: FolderListing,
  pictures: readonly string[],
): Promise<Pairing> {
  const stems = new Set(pictures.map(stemOf));
  const textFiles = listing.files.filter((file) => file.toLowerCase().endsWith('.txt'));
  const paired = textFiles.filter((file) => stems.has(stemOf(file)));
  const texts = new Map<string, string>();
  const invalidText: string[] = [];
  const decoded = await readAll(spec.path, paired);
  paired.forEach((file, i) => {
    texts.set(stemOf(file), oneLine(decoded[i]!.text));
    invalidText.push(...decoded[i]!.invalidLines.map((line) => `${file}:${line}`));
  });
  return {
    rows: pictures.map((image) => ({ image, caption: texts.get(stemOf(image)) ?? '', place: image })),
    faults: [],
    withoutPicture: textFiles.filter((file) => !stems.has(stemOf(file))),
    withoutCaption: pictures.filter((image) => !texts.get(stemOf(image))),
    invalidText,
  };
}

async function readAll(folder: string, files: readonly string[]): Promise<DecodedText[]> {
  const results = new Array<DecodedText>(files.length);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < files.length) {
      const at = next++;
      results[at] = await readUtf8(folder, files[at]!);
    }
  };
  await Promise.all(Array.from({ length: parallelReads }, work));
  return results;
}

function stemOf(file: string): string {
  return file.slice(0, file.lastIndexOf('.'));
}
