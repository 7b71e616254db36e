import { latestCheckpoint, makeFolder } from '@m3ae/checkpoint/files';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runPaths } from '../run/run-folder.js';
import type { StudyPart, TrainingPart } from './plan.js';

/** Places in a study folder. What lies in `runs` is large and can be made again; the rest is worth keeping. */
export function studyPaths(folder: string) {
  return {
    parts: join(folder, 'parts'),
    pictures: join(folder, 'pictures'),
    runs: join(folder, 'runs'),
    children: join(folder, 'runs', 'children.json'),
    claims: join(folder, 'claims.json'),
    results: join(folder, 'results.json'),
    tables: join(folder, 'tables'),
    plots: join(folder, 'plots'),
    markdown: join(folder, 'results.md'),
    report: join(folder, 'report.html'),
  };
}

/** Where one part works. */
export function partPaths(folder: string, part: StudyPart) {
  const { parts, runs } = studyPaths(folder);
  const name = `${part.name}.${part.hash}`;
  return {
    /** The small file that says the part is done, with its figures. */
    done: join(parts, `${name}.json`),
    config: join(runs, `${name}.config.json`),
    log: join(runs, `${name}.log`),
  };
}

/** Folder of the checkpoints of a pre-training. */
export function runFolderOf(folder: string, { name, hash }: TrainingPart): string {
  return join(studyPaths(folder).runs, `${name}.${hash}`);
}

/** The step at which a run ended; nothing where it has not, or nobody can tell. */
export function lastStepOf(runFolder: string): number | undefined {
  return (readJson(runPaths(runFolder).finished) as { step?: number } | undefined)?.step;
}

/** Whether a run has ended and its last checkpoint is still there, whole. */
export async function hasWeights(runFolder: string): Promise<boolean> {
  const last = lastStepOf(runFolder);
  return last !== undefined && (await latestCheckpoint(runFolder))?.step === last;
}

/** Makes the folders of a study. */
export function makeStudyFolder(folder: string): void {
  const { parts, runs } = studyPaths(folder);
  [parts, runs].forEach(makeFolder);
}

/** Reads a JSON file that this program wrote; nothing where it does not exist or was cut short. */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as unknown;
  } catch {
    return undefined;
  }
}
