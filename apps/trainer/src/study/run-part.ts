import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { wallClock } from '../run/clock.js';
import { runPaths } from '../run/run-folder.js';
import { writeJson } from '../run/whole-files.js';
import type { Versions } from '../run/versions.js';
import { type Child, startChild } from './child.js';
import { keepFigures, trainingFiguresOf } from './figures.js';
import type { EvaluationPart, StudyPart, TrainingPart } from './plan.js';
import { type PartRecord, writeRecord } from './records.js';
import { lastStepOf, partPaths, runFolderOf } from './study-folder.js';

/** How a part ended. */
export type Outcome =
  | { readonly state: 'done'; readonly record: PartRecord }
  | { readonly state: 'failed'; readonly reason: string; readonly log: string }
  | { readonly state: 'interrupted' };

/** A part at work. */
export interface RunningPart {
  readonly child: Child;
  readonly outcome: Promise<Outcome>;
}

/** What all parts of a study share. */
export interface Workplace {
  readonly folder: string;
  /** How the command m3ae is called: program and first arguments. */
  readonly m3ae: readonly string[];
  readonly commit: string | null;
  readonly versions: Versions;
  /** Trainings that are done, but whose weights are gone and needed. */
  readonly again: ReadonlySet<StudyPart>;
  /** Whether the user has asked to stop. */
  readonly stopping: () => boolean;
}

/** How far a pre-training is. */
export interface StepReport {
  readonly step: number;
  readonly total: number;
  readonly stepsPerSecond: number;
}

function stepOf(line: string): StepReport | undefined {
  if (!line.startsWith('{"event":"step"')) return undefined;
  try {
    return JSON.parse(line) as StepReport;
  } catch {
    return undefined;
  }
}

/** Refuses figures of other weights than those of the end: where these are damaged, older ones are measured. */
function refuseOlder(printed: Record<string, unknown>, runFolder: string): Record<string, unknown> {
  const measured = (printed.run as { step?: number } | undefined)?.step;
  const last = lastStepOf(runFolder);
  if (measured === undefined || last === undefined || measured === last) return printed;
  throw new Error(
    `The weights of step ${last} are damaged, and those of step ${measured} were measured. Remove ${runFolder}, so that it is trained again.`,
  );
}

/** The object that an evaluation command printed last, whether on one line or many. */
export function printedObject(lines: readonly string[]): Record<string, unknown> {
  for (let start = lines.length - 1; start >= 0; start--) {
    if (!lines[start]!.startsWith('{')) continue;
    try {
      const value = JSON.parse(lines.slice(start).join('\n')) as Record<string, unknown>;
      if ('results' in value) return value;
    } catch {
      // a line inside an object; go on upwards
    }
  }
  throw new Error('The command printed no object with results; it must obey --json.');
}

function trainingCommand(part: TrainingPart, { folder, m3ae, again }: Workplace): string[] {
  const { config } = partPaths(folder, part);
  const runFolder = runFolderOf(folder, part);
  // A run goes on with the very settings it began with, e.g. the number of threads.
  const run = runPaths(runFolder);
  if (!existsSync(config) || !existsSync(run.config)) writeJson(config, part.input);
  const lost = again.has(part) && existsSync(run.finished);
  return [...m3ae, 'pretrain', config, '--out', runFolder, lost ? '--overwrite' : '--resume', '--json'];
}

function evaluationCommand(part: EvaluationPart, runFolder: string, { m3ae }: Workplace): string[] {
  return [...m3ae, part.command, runFolder, ...part.options, '--json'];
}

/**
 * Starts a part in a process of its own.
 *
 * @param training - The pre-training that it is or is about.
 * @param onStep - Called as the training goes on.
 */
export function startPart(
  part: StudyPart,
  training: TrainingPart,
  place: Workplace,
  onStep: (report: StepReport) => void,
): RunningPart {
  const { folder, commit, versions } = place;
  const runFolder = runFolderOf(folder, training);
  const { log } = partPaths(folder, part);
  const started = wallClock();
  const lines: string[] = [];
  const child = startChild({
    command:
      part.kind === 'pretrain' ? trainingCommand(part, place) : evaluationCommand(part, runFolder, place),
    log,
    onLine(line) {
      if (part.kind === 'evaluate') lines.push(line);
      const report = part.kind === 'pretrain' ? stepOf(line) : undefined;
      if (report !== undefined) onStep(report);
    },
  });
  const measured = () =>
    part.kind === 'pretrain'
      ? trainingFiguresOf(runFolder)
      : {
          figures: keepFigures(refuseOlder(printedObject(lines), runFolder), {
            folder,
            hash: part.hash,
            files: join(runFolder, 'evaluations'),
          }),
          seconds: wallClock() - started,
        };
  const recordOf = (): PartRecord => {
    const { figures, seconds } = measured();
    return {
      part: part.name,
      kind: part.kind,
      hash: part.hash,
      seed: part.seed,
      settings: part.settings,
      ...(part.kind === 'pretrain' ? { resolved: part.resolved } : { training: part.training }),
      figures,
      seconds: Math.round(seconds * 10) / 10,
      commit,
      versions,
    };
  };
  const outcome = child.ended.then(({ code, signal, lastWords }): Outcome => {
    if (code !== 0 && place.stopping()) return { state: 'interrupted' };
    if (code !== 0) return { state: 'failed', reason: lastWords || `it ended with ${signal ?? code}`, log };
    try {
      const record = recordOf();
      writeRecord(folder, part, record);
      return { state: 'done', record };
    } catch (error) {
      return { state: 'failed', reason: (error as Error).message, log };
    }
  });
  return { child, outcome };
}
