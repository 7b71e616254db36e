import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { makeFolder } from '@m3ae/checkpoint/files';
import { isInvalidInput } from '@m3ae/errors';
import { type Warn, warnOnStderr } from '../run/warn.js';
import { readSealed, writeJson } from '../run/whole-files.js';
import { type Versions, versions } from '../run/versions.js';
import { inTodaysWords } from '../config/earlier-words.js';
import type { TrainerConfig } from '../config/schema.js';

/** Which weights an evaluation measured. */
export interface EvaluatedRun {
  readonly folder: string;
  readonly name: string;
  readonly method: TrainerConfig['method'];
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
  readonly versions: Versions;
}

/** Where the evaluations of a run lie that its report shows. */
export const evaluationsFolder = (folder: string) => join(folder, 'evaluations');

/** What is evaluated, as the envelope tells it. */
export function evaluatedRun(
  folder: string,
  config: TrainerConfig,
  { step, weights }: Pick<EvaluatedRun, 'step' | 'weights'>,
): EvaluatedRun {
  const { name = basename(folder), method, seed } = config;
  return { folder, name, method, seed, step, weights };
}

/**
 * Writes an evaluation, whole or not at all, and returns it.
 *
 * @param folder - From `placeOfResults`, or {@link evaluationsFolder}.
 */
export function recordEvaluation<Results>(
  evaluation: string,
  folder: string,
  run: EvaluatedRun,
  settings: Readonly<Record<string, unknown>>,
  results: Results,
  seconds: number,
): Evaluation<Results> {
  const rounded = Math.round(seconds * 100) / 100;
  const record = { evaluation, run, settings, results, seconds: rounded, versions: versions() };
  makeFolder(folder);
  writeJson(join(folder, `${evaluation}.json`), record);
  return record;
}

/** The evaluations that a run folder holds, by command; one that cannot be read is told and left out. */
export function readEvaluations(
  folder: string,
  warn: Warn = warnOnStderr,
): Readonly<Record<string, Evaluation>> {
  const parent = evaluationsFolder(folder);
  if (!existsSync(parent)) return {};
  const found: Record<string, Evaluation> = {};
  for (const file of readdirSync(parent).filter((name) => name.endsWith('.json'))) {
    try {
      const record = inTodaysWords(readSealed(join(parent, file))) as Evaluation; // written by recordEvaluation
      found[record.evaluation] = record;
    } catch (error) {
      if (!isInvalidInput(error)) throw error;
      warn(`${error.message} The report leaves it out; run that evaluation again.`);
    }
  }
  return found;
}
