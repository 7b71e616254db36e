import sharp from 'sharp';
import { ChangedFile, Unreachable } from '@m3ae/datasets';
import { isInvalidInput } from '@m3ae/errors';
import { resizeShorterSide, type RgbImage } from '@m3ae/preprocess';
import { type PicturePrint, printOf } from './duplicates.js';
import type { ResolvedPrepareOptions } from './options.js';
import type { Sources } from './sources.js';
import { captionFault } from './caption-rules.js';

/** Why an example is dropped. */
export const dropReasons = ['unreadable', 'small', 'elongated', 'caption', 'duplicate'] as const;

/** Why an example is dropped. */
export type DropReason = (typeof dropReasons)[number];

/** An example that is not written: a line of `dropped.jsonl`. */
export interface Dropped {
  /** Its place in all sources, from 0. */
  readonly index: number;
  /** What its source calls it. */
  readonly place: string;
  readonly reason: DropReason;
  /** What was found, and the rule. */
  readonly detail: string;
}

/** An example as it is written. */
export interface PreparedExample {
  readonly index: number;
  readonly place: string;
  /** The picture's file. */
  readonly picture: Uint8Array;
  /** Its ending, without a dot. */
  readonly ending: 'jpg' | 'png' | 'webp';
  /** None, one or several. */
  readonly captions: readonly string[];
  /** Name of its class. */
  readonly label?: string;
  /** What it belongs to. */
  readonly group?: string;
}

/** An example that passed every rule but the one about duplicates. */
export interface Candidate {
  readonly example: PreparedExample;
  /** Its pixels as they are written, before compression. */
  readonly image: RgbImage;
  readonly print: PicturePrint;
}

/** The ending of a file that is kept as it is; undefined for other formats, which are stored anew. */
function endingOf(bytes: Uint8Array): PreparedExample['ending'] | undefined {
  const head = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  if (head.startsWith('\xff\xd8\xff')) return 'jpg';
  if (head.startsWith('\x89PNG')) return 'png';
  return head.startsWith('RIFF') && head.endsWith('WEBP') ? 'webp' : undefined;
}

/** What is wrong with a picture's file; throws again what says nothing of it, as that the file cannot be reached now. */
export function damageOf(error: unknown): string {
  if (!isInvalidInput(error) || error instanceof Unreachable || error instanceof ChangedFile) throw error;
  return error.message;
}

async function encode(
  { data, width, height, channels }: RgbImage,
  { format, quality }: ResolvedPrepareOptions,
): Promise<Pick<PreparedExample, 'picture' | 'ending'>> {
  const raw = sharp(data, { raw: { width, height, channels } });
  if (format === 'png') return { picture: await raw.png().toBuffer(), ending: 'png' };
  if (format === 'webp') return { picture: await raw.webp({ quality }).toBuffer(), ending: 'webp' };
  return { picture: await raw.jpeg({ quality, chromaSubsampling: '4:4:4' }).toBuffer(), ending: 'jpg' };
}

/** What is wrong with a picture's size. */
function sizeFault(
  { width, height }: RgbImage,
  { minSide, maxAspect }: ResolvedPrepareOptions,
): Pick<Dropped, 'reason' | 'detail'> | undefined {
  const [short, long] = [Math.min(width, height), Math.max(width, height)];
  const size = `${width} x ${height} pixels`;
  if (short < minSide) return { reason: 'small', detail: `${size}; minSide is ${minSide}` };
  if (maxAspect !== null && long > maxAspect * short)
    return { reason: 'elongated', detail: `${size}; maxAspect is ${maxAspect}` };
  return undefined;
}

/**
 * Makes the function that reads an example, applies every rule that looks at it alone, makes its picture smaller and stores
 * it; a picture that needs no change keeps its bytes.
 */
export function exampleReader(sources: Sources, options: ResolvedPrepareOptions) {
  const keptCaptions = (captions: readonly string[]) => {
    const checked = captions.map((caption) => ({ caption, fault: captionFault(caption, options) }));
    return {
      captions: checked.filter(({ fault }) => fault === undefined).map(({ caption }) => caption),
      fault: checked.find(({ fault }) => fault !== undefined)?.fault,
    };
  };
  return async (index: number): Promise<Candidate | Dropped> => {
    const source = sources.at(index);
    const { place } = source;
    const dropped = (reason: DropReason, detail: string): Dropped => ({ index, place, reason, detail });
    const given = source.captions();
    // A picture without a caption is held to the same rules as one with an empty caption.
    const { captions, fault } = keptCaptions(
      given.length === 0 && options.minCaptionWords > 0 ? [''] : given,
    );
    if (fault !== undefined && captions.length === 0) return dropped('caption', fault);
    let decoded: RgbImage;
    try {
      decoded = await source.image();
    } catch (error) {
      return dropped('unreadable', damageOf(error)); // what cannot be reached ends the call; the next one goes on here
    }
    const wrong = sizeFault(decoded, options);
    if (wrong) return dropped(wrong.reason, wrong.detail);
    const isLarger =
      options.shorterSide !== null && Math.min(decoded.width, decoded.height) > options.shorterSide;
    const image = isLarger ? resizeShorterSide(decoded, options.shorterSide!) : decoded;
    const bytes = isLarger ? undefined : await source.imageBytes();
    const ending = bytes && endingOf(bytes);
    const stored = ending ? { picture: bytes, ending } : await encode(image, options);
    const { label, group } = source;
    const known = { ...(label !== undefined && { label }), ...(group !== undefined && { group }) };
    const example = { index, place, ...stored, captions, ...known };
    return { example, image, print: printOf(image) };
  };
}
