import { basename } from 'node:path';
import { createRunner, type Runner, type RunnerOptions } from '@m3ae/compile';
import { requirePositiveInteger, messageOf } from '@m3ae/errors';
import type { Check } from './checker.js';
import { verifyFacebookMae } from './facebook-mae.js';
import { BadCase, badCase } from './fields.js';
import { findCases, type GoldenCase, readCase } from './golden-case.js';
import { verifyLinearProbe } from './linear-probe.js';
import { verifyPieces, verifyThreefry } from './pieces.js';
import type { CaseReport } from './report.js';
import { verifySteps } from './steps.js';

type Verify = (golden: GoldenCase, runner: Runner) => Check[] | Promise<Check[]>;

/** What checks each kind of case; a new kind is one file and one line here. */
const kinds: Readonly<Record<string, Verify>> = {
  'm3ae-steps': (golden, runner) => verifySteps(golden, runner, 'm3ae'),
  'mae-steps': (golden, runner) => verifySteps(golden, runner, 'mae'),
  'facebook-mae': verifyFacebookMae,
  threefry: verifyThreefry,
  pieces: verifyPieces,
  'linear-probe': verifyLinearProbe,
};

/** What a case runs on: see `createRunner` of `@m3ae/compile`. */
export type VerifyOptions = Pick<RunnerOptions, 'engine' | 'device' | 'threads'>;

/**
 * Runs one case and reports every check; a problem in the folder is part of the report, not an exception.
 *
 * @param folder - Holds `case.json` and `tensors.safetensors`.
 * @throws InvalidInput if `threads` is no positive integer.
 *
 * @example
 * ```ts
 * const report = await verifyCase('my-cases/first', { engine: 'eager:cpu' });
 * report.status; // 'pass'
 * ```
 */
export async function verifyCase(folder: string, options: VerifyOptions = {}): Promise<CaseReport> {
  const { engine = 'compiled', threads } = options;
  if (threads !== undefined) requirePositiveInteger('threads', threads, 'Leave it out for every core.');
  const start = performance.now();
  const about = { case: basename(folder), folder, kind: 'unknown', engine };
  const seconds = () => Number(((performance.now() - start) / 1000).toFixed(3));
  try {
    const golden = readCase(folder);
    about.kind = golden.kind;
    const verify = Object.hasOwn(kinds, golden.kind) ? kinds[golden.kind] : undefined;
    if (!verify) throw badCase('kind', `one of ${Object.keys(kinds).join(', ')}`, golden.kind);
    const checks = await verify(golden, createRunner({ ...options, engine }));
    const passed = checks.length > 0 && checks.every(({ pass }) => pass);
    const problem = checks.length === 0 ? 'the case holds nothing to check' : undefined;
    return { ...about, status: passed ? 'pass' : 'miss', checks, problem, seconds: seconds() };
  } catch (error) {
    const status = error instanceof BadCase ? 'bad' : 'miss';
    return { ...about, status, checks: [], problem: messageOf(error), seconds: seconds() };
  }
}

/**
 * Runs every case in some folders, and reports each as it ends.
 *
 * @param folders - Each holds a `case.json`, or folders that do. One that does neither gives a `bad` report, and the others still
 * run.
 * @throws InvalidInput as {@link verifyCase} does.
 */
export async function* verifyCases(
  folders: readonly string[],
  options: VerifyOptions = {},
): AsyncGenerator<CaseReport> {
  for (const folder of folders) {
    try {
      for (const found of findCases(folder)) yield await verifyCase(found, options);
    } catch (error) {
      if (!(error instanceof BadCase)) throw error;
      const about = { case: folder, folder, kind: 'unknown', engine: options.engine ?? 'compiled' };
      yield { ...about, status: 'bad', checks: [], problem: error.message, seconds: 0 };
    }
  }
}
