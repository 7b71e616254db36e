import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readLines } from '../logs/line-file.js';
import { runPaths } from '../run/run-folder.js';
import { readJson, studyPaths } from './study-folder.js';

/** Lists of more values, e.g. a table by class, stay in the run folder, unless they hold pictures. */
const longestList = 256;

/** Figures of a pre-training that ended, from the files of its folder. */
export function trainingFiguresOf(runFolder: string): { figures: unknown; seconds: number } {
  const paths = runPaths(runFolder);
  const finished = readJson(paths.finished) as { trainingSeconds?: number } | undefined;
  if (finished === undefined) throw new Error(`${paths.finished} is missing: the training did not end.`);
  const last = readLines(paths.metrics).at(-1) ?? null;
  const validation = readLines(paths.validation).at(-1) ?? null;
  const seconds = finished.trainingSeconds ?? 0;
  return { figures: { finished, minutes: seconds / 60, last, validation }, seconds };
}

const leaves = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? Object.values(value).reduce<number>((total, inner) => total + leaves(inner), 0)
    : 1;

function holdsPicture(value: unknown): boolean {
  if (typeof value === 'string') return value.startsWith('data:image/');
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsPicture);
}

/** What a figure is replaced by that is a picture. */
export interface PictureReference {
  /** File in the study folder. */
  readonly picture: string;
}

/** Whether a figure is a picture that was moved into a file of its own. */
export function isPicture(value: unknown): value is PictureReference {
  return (
    typeof value === 'object' && value !== null && 'picture' in value && typeof value.picture === 'string'
  );
}

/**
 * Makes figures fit for keeping: pictures (data URIs) become files of the study folder, long lists go.
 *
 * @param figures - What an evaluation printed.
 * @param hash - Of its part; it names the pictures.
 */
export function keepFigures(figures: unknown, folder: string, hash: string): unknown {
  const place = join(studyPaths(folder).pictures, hash);
  rmSync(place, { recursive: true, force: true });
  let count = 0;
  const keepPicture = (uri: string): PictureReference | string => {
    const [, kind, data] = /^data:image\/(png|jpeg|webp);base64,(.*)$/s.exec(uri) ?? [];
    if (kind === undefined || data === undefined) return uri;
    mkdirSync(place, { recursive: true });
    const name = `${String(count++).padStart(3, '0')}.${kind}`;
    writeFileSync(join(place, name), Buffer.from(data, 'base64'));
    return { picture: `pictures/${hash}/${name}` };
  };
  const visit = (value: unknown): unknown => {
    if (typeof value === 'string') return keepPicture(value);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) {
      return leaves(value) > longestList && !holdsPicture(value)
        ? { leftOut: `${leaves(value)} values` }
        : value.map(visit);
    }
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, visit(inner)]));
  };
  return visit(figures);
}
