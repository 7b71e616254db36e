import { existsSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { readSealed, removeLeftovers } from '@m3ae/checkpoint/files';
import { invalidField } from '@m3ae/errors';

/** Tells a person that something is not as it should be, although the work goes on. */
export type Warn = (text: string) => void;

/** What config.json of a run folder holds. */
export interface RunRecord<Config = unknown> {
  /** Everything resolved, defaults included. */
  readonly config: Config;
  /** Sizes and statistics that came from the data. */
  readonly data: {
    /** Word pieces of the vocabulary in use. */
    readonly vocabSize: number;
    /** Training examples. */
    readonly trainLength: number;
    /** Classes of the training examples; absent where they have none. */
    readonly classes?: number;
    /** Of each part of the data. */
    readonly fingerprints: Readonly<Record<string, string>>;
    /** Of each channel, for values in [0, 1]. */
    readonly mean: readonly number[];
    readonly std: readonly number[];
  };
  /** The encoder and decoder with every size filled in, as `resolveM3aeConfig` takes it; absent in runs of earlier versions. */
  readonly model?: object;
  /** Names of the classes in the order of their labels; absent where there are none, and in runs of earlier versions. */
  readonly classNames?: readonly string[];
  /** Of matrix products as they ran, where the config leaves it open; absent in runs of earlier versions. */
  readonly precision?: 'float32' | 'bf16';
  /** Of what its numbers depend on. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Places in a run folder. */
export function runPaths(folder: string) {
  return {
    config: join(folder, 'config.json'),
    vocabulary: join(folder, 'vocabulary.json'),
    metrics: join(folder, 'metrics.jsonl'),
    validation: join(folder, 'validation.jsonl'),
    timing: join(folder, 'timing.jsonl'),
    journal: join(folder, 'journal.json'),
    commands: join(folder, 'commands.json'),
    evaluations: join(folder, 'evaluations'),
    features: join(folder, 'features'),
    scheduled: join(folder, 'evaluations.jsonl'),
    facts: join(folder, 'report.json'),
    finished: join(folder, 'finished.json'),
    report: join(folder, 'report.html'),
    checkpoints: join(folder, 'checkpoints'),
  };
}

/** What a person calls a run: the name of its folder. */
export const runName = (folder: string) => basename(resolve(folder));

/**
 * Reads config.json of a run, or nothing where no run has begun.
 *
 * @throws InvalidInput if it is damaged.
 */
export function readRunRecord<Config>(folder: string): RunRecord<Config> | undefined {
  return readSealed(runPaths(folder).config) as RunRecord<Config> | undefined;
}

/** Removes what killed processes left half-written in a run folder. */
export async function clearLeftovers(folder: string): Promise<void> {
  const { evaluations, features } = runPaths(folder);
  const kept = existsSync(evaluations) ? readdirSync(evaluations, { withFileTypes: true }) : [];
  const inside = kept.filter((one) => one.isDirectory()).map(({ name }) => join(evaluations, name));
  for (const place of [folder, evaluations, features, ...inside]) await removeLeftovers(place);
}

/** Removes what an earlier run left, and nothing else. */
export function clearRunFolder(folder: string): void {
  const paths = runPaths(folder);
  const eventFiles = readdirSync(folder).filter((name) => name.startsWith('events.out.tfevents.'));
  for (const path of [...Object.values(paths), ...eventFiles.map((name) => join(folder, name))]) {
    rmSync(path, { recursive: true, force: true });
  }
}

/** Where a path leads, whatever links are on its way; what is not there yet lies in the nearest folder that is. */
function realPlace(path: string): string {
  const whole = resolve(path);
  const parent = dirname(whole);
  if (existsSync(whole) || parent === whole) return realpathSync(whole);
  return join(realPlace(parent), basename(whole));
}

/** A folder whose files are read. */
export interface ReadFolder {
  readonly path: string;
  /** Whether links in it are followed. Default false. */
  readonly followLinks?: boolean;
}

/**
 * Refuses a folder to write into that lies in one that is read: what is written would be data the next time.
 *
 * @param folder - It need not be there yet.
 * @param words - What the option is called, and what to do instead.
 * @throws InvalidInput
 *
 * @example
 * ```ts
 * requireOutsideOf('photos/run', [{ path: 'photos' }]); // folder must be outside of photos, whose pictures are read …
 * ```
 */
export function requireOutsideOf(
  folder: string,
  folders: readonly ReadFolder[],
  { path: option = 'folder', remedy = 'Choose another folder.' } = {},
): void {
  const isWithin = (path: string, place: string) => {
    const way = relative(path, place);
    return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
  };
  const place = realPlace(folder);
  const around = folders.find(
    ({ path, followLinks = false }) =>
      isWithin(realPlace(path), place) || (followLinks && isWithin(path, folder)),
  );
  if (around === undefined) return;
  throw invalidField(option, `outside of ${around.path}, whose pictures are read`, folder, remedy);
}
