import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, writeWhole } from '@m3ae/checkpoint/files';
import { isRecord, pluralize } from '@m3ae/errors';
import { studyPaths } from './records.js';

/** Lists of more values, e.g. a table by class, stay in the run folder, unless they hold pictures. */
const longestList = 256;

const leaves = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? Object.values(value).reduce<number>((total, inner) => total + leaves(inner), 0)
    : 1;

/** What a figure is replaced by that is a picture. */
export interface PictureReference {
  /** File in the study folder. */
  readonly picture: string;
}

/** Whether a figure is a picture that was moved into a file of its own. */
export function isPicture(value: unknown): value is PictureReference {
  return isRecord(value) && typeof value.picture === 'string';
}

/** Bytes and kind of the picture that a text holds (a data URI) or names (a file of the run). */
function pictureOf(text: string, files: string | undefined): { kind: string; bytes: Buffer } | undefined {
  const [, kind, data] = /^data:image\/(png|jpeg|webp);base64,(.*)$/s.exec(text) ?? [];
  if (kind !== undefined) return { kind, bytes: Buffer.from(data!, 'base64') };
  const [, ending] = /^[\w./-]+\.(png|jpeg|webp)$/.exec(text) ?? [];
  if (files === undefined || ending === undefined || text.includes('..')) return undefined;
  const path = join(files, text);
  if (!existsSync(path)) return undefined;
  return { kind: ending, bytes: readFileSync(path) };
}

/**
 * Makes figures fit for keeping: pictures become files of the study folder, long lists without pictures go.
 *
 * @param figures - What a job has found out.
 * @param folder - Of the study.
 * @param hash - Of the job; it names the pictures.
 * @param files - Folder that names of picture files start from; where there is none, only data URIs are pictures.
 */
export function keepFigures(figures: unknown, folder: string, hash: string, files?: string): unknown {
  const place = join(studyPaths(folder).pictures, hash);
  rmSync(place, { recursive: true, force: true });
  let count = 0;
  const keepPicture = (text: string): PictureReference | string => {
    const picture = pictureOf(text, files);
    if (picture === undefined) return text;
    makeFolder(place);
    const name = `${String(count++).padStart(3, '0')}.${picture.kind}`;
    writeWhole(join(place, name), picture.bytes);
    return { picture: `pictures/${hash}/${name}` };
  };
  const holdsPicture = (value: unknown): boolean => {
    if (typeof value === 'string') return pictureOf(value, files) !== undefined;
    return typeof value === 'object' && value !== null && Object.values(value).some(holdsPicture);
  };
  const visit = (value: unknown): unknown => {
    if (typeof value === 'string') return keepPicture(value);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) {
      return leaves(value) > longestList && !holdsPicture(value)
        ? { leftOut: pluralize(leaves(value), 'value') }
        : value.map(visit);
    }
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, visit(inner)]));
  };
  return visit(figures);
}
