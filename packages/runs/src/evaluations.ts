import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  digestJson,
  inspectCheckpoints,
  makeFolder,
  readSealed,
  writeWholeJson,
} from '@m3ae/checkpoint/files';
import { isInvalidInput } from '@m3ae/errors';
import type { RunRecord, Warn } from './run-folder.js';

/** Which weights an evaluation measured. */
export interface EvaluatedRun {
  readonly folder: string;
  readonly name: string;
  readonly method: string;
  readonly seed: number;
  readonly step: number;
  /** SHA-256 of model.safetensors, in hexadecimal. */
  readonly weights: string;
}

/** What `RUN/evaluations/<command>.json` holds and `--json` prints. */
export interface Evaluation<Results = unknown> {
  /** The command, e.g. `probe`. */
  readonly evaluation: string;
  readonly run: EvaluatedRun;
  /** Everything resolved. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly results: Results;
  /** How long it took. */
  readonly seconds: number;
  readonly versions: Readonly<Record<string, string>>;
}

/** Where the evaluations of a run lie that its report shows. */
export const evaluationsFolder = (folder: string) => join(folder, 'evaluations');

/**
 * What is evaluated, as its record tells it.
 *
 * @param config - Of the run; without a name it is called as its folder.
 */
export function evaluatedRun(
  folder: string,
  config: { readonly name?: string; readonly method: string; readonly seed: number },
  { step, weights }: Pick<EvaluatedRun, 'step' | 'weights'>,
): EvaluatedRun {
  const { name = basename(folder), method, seed } = config;
  return { folder, name, method, seed, step, weights };
}

/**
 * Writes an evaluation, whole or not at all, and returns it with its seconds rounded.
 *
 * @param folder - From `placeOfResults`, or {@link evaluationsFolder}.
 */
export function recordEvaluation<Results>(
  folder: string,
  evaluation: Evaluation<Results>,
): Evaluation<Results> {
  const record = { ...evaluation, seconds: Math.round(evaluation.seconds * 100) / 100 };
  makeFolder(folder);
  writeWholeJson(join(folder, `${evaluation.evaluation}.json`), record);
  return record;
}

/**
 * The evaluations that a run folder holds, by command; one that cannot be read is told and left out.
 *
 * @param upgrade - Makes a record of an earlier version one of today.
 */
export function readEvaluations(
  folder: string,
  warn: Warn,
  upgrade: (stored: unknown) => unknown = (stored) => stored,
): Readonly<Record<string, Evaluation>> {
  const parent = evaluationsFolder(folder);
  if (!existsSync(parent)) return {};
  const found: Record<string, Evaluation> = {};
  for (const file of readdirSync(parent).filter((name) => name.endsWith('.json'))) {
    try {
      const record = upgrade(readSealed(join(parent, file))) as Evaluation; // written by recordEvaluation
      found[record.evaluation] = record;
    } catch (error) {
      if (!isInvalidInput(error)) throw error;
      warn(`${error.message} The report leaves it out; run that evaluation again.`);
    }
  }
  return found;
}

/** Where an evaluation keeps what it found. */
export interface ResultsPlace {
  /** Of its record and its pictures. */
  readonly folder: string;
  /** That folder as file names in results begin, from `evaluations` of the run: empty, or with a slash at its end. */
  readonly prefix: string;
}

/** A short name of data that the run was not trained beside; nothing where they are its own. */
function otherData(
  { data: { fingerprints } }: Pick<RunRecord, 'data'>,
  found: Readonly<Record<string, string>>,
): string | undefined {
  const parts = Object.entries(found);
  if (parts.every(([name, fingerprint]) => fingerprints[name] === fingerprint)) return undefined;
  return digestJson(parts).slice(0, 8);
}

/**
 * Where results belong. Those of the newest checkpoint on the run's own data lie in `evaluations` and make the report;
 * those of an earlier checkpoint, perhaps because a newer one is damaged, and those on other data, stand aside in a
 * folder of their own, so that they do not take the place of the others.
 *
 * @param run - Its folder, the step of the checkpoint that is evaluated, and what it was made with.
 * @param found - Fingerprints of the data that is evaluated on, by the name of its part; absent where the data of the
 * run has no part in it.
 */
export async function placeOfResults(
  run: { readonly folder: string; readonly step: number; readonly record: Pick<RunRecord, 'data'> },
  found: Readonly<Record<string, string>> = {},
): Promise<ResultsPlace> {
  const { whole, damaged } = await inspectCheckpoints(run.folder);
  const isOlder = [...whole, ...damaged].some(({ step }) => step > run.step);
  const other = otherData(run.record, found);
  const aside = [
    ...(isOlder ? [`step-${String(run.step).padStart(8, '0')}`] : []),
    ...(other === undefined ? [] : [`data-${other}`]),
  ].join('-');
  const folder = evaluationsFolder(run.folder);
  return aside === '' ? { folder, prefix: '' } : { folder: join(folder, aside), prefix: `${aside}/` };
}
