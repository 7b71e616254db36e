import type { StudyPart, TrainingPart } from './plan.js';
import { hasWeights, runFolderOf } from './study-folder.js';

/** What has to be done now, and why where it was done before. */
export interface Agenda {
  /** Parts to run, in order. */
  readonly todo: readonly StudyPart[];
  /** Trainings that are done but whose weights are gone and needed again. */
  readonly again: readonly TrainingPart[];
}

/** Every training by its hash. */
export function trainingsOf(parts: readonly StudyPart[]): Map<string, TrainingPart> {
  return new Map(parts.flatMap((part) => (part.kind === 'pretrain' ? [[part.hash, part] as const] : [])));
}

/** The training that a part is or is about. */
export function trainingOf(part: StudyPart, trainings: ReadonlyMap<string, TrainingPart>): TrainingPart {
  return part.kind === 'pretrain' ? part : trainings.get(part.training)!;
}

/** Compares what is wanted with what is done. */
export async function agendaOf(
  folder: string,
  parts: readonly StudyPart[],
  done: ReadonlySet<string>,
): Promise<Agenda> {
  const missing = parts.filter(({ hash }) => !done.has(hash));
  const evaluated = new Set(missing.flatMap((part) => (part.kind === 'evaluate' ? [part.training] : [])));
  const needed = [...trainingsOf(parts).values()].filter(({ hash }) => done.has(hash) && evaluated.has(hash));
  const kept = await Promise.all(needed.map((part) => hasWeights(runFolderOf(folder, part))));
  const again = needed.filter((_, at) => !kept[at]);
  const todo = parts.filter(
    (part) => !done.has(part.hash) || (part.kind === 'pretrain' && again.includes(part)),
  );
  return { todo, again };
}

/** What {@link runAll} is given. */
export interface ScheduleOptions<Result> {
  readonly todo: readonly StudyPart[];
  /** Parts at work at once. */
  readonly jobs: number;
  /** Starts a part; resolves when it has ended. */
  readonly start: (part: StudyPart) => Promise<Result>;
  /** Whether those that wait for the part may go on. */
  readonly succeeded: (result: Result) => boolean;
  /** Whether no further part shall start. */
  readonly stopping: () => boolean;
}

const runOf = (part: StudyPart) => (part.kind === 'pretrain' ? part.hash : part.training);

/**
 * Runs parts, some at once: an evaluation after its training, one part of a run at a time (two would encode the
 * same pictures twice), and evaluations before further trainings. A part whose training failed is left out.
 */
export async function runAll<Result>(options: ScheduleOptions<Result>): Promise<Map<StudyPart, Result>> {
  const { todo, jobs, start, succeeded, stopping } = options;
  const results = new Map<StudyPart, Result>();
  const waiting = new Set(todo);
  const busy = new Map<StudyPart, Promise<void>>();
  const toTrain = new Map(todo.flatMap((part) => (part.kind === 'pretrain' ? [[part.hash, part]] : [])));
  const isReady = (part: StudyPart) => {
    if ([...busy.keys()].some((other) => runOf(other) === runOf(part))) return false;
    const training = part.kind === 'evaluate' ? toTrain.get(part.training) : undefined;
    if (training === undefined) return true;
    const result = results.get(training);
    return result !== undefined && succeeded(result);
  };
  const next = () => {
    const ready = [...waiting].filter(isReady);
    return ready.find(({ kind }) => kind === 'evaluate') ?? ready[0];
  };
  const begin = (part: StudyPart) => {
    waiting.delete(part);
    const ended = start(part).then((result) => {
      results.set(part, result);
      busy.delete(part);
    });
    busy.set(part, ended);
  };
  for (;;) {
    while (!stopping() && busy.size < jobs) {
      const part = next();
      if (part === undefined) break;
      begin(part);
    }
    if (busy.size === 0) return results;
    await Promise.race(busy.values());
  }
}
