import { basename } from 'node:path';
import { createRunner, type Runner, type RunnerOptions } from '@m3ae/compile';
import { messageOf, requirePositiveInteger } from '@m3ae/errors';
import type { Check } from './checker.js';
import { verifyFacebookMae } from './facebook-mae.js';
import { BadCase, badCase } from './fields.js';
import { findCases, type GoldenCase, readCase } from './golden-case.js';
import { verifyLinearProbe } from './linear-probe.js';
import { verifyPieces, verifyThreefry } from './pieces.js';
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

/** What became of one case. */
export interface CaseReport {
  /** Last part of the folder's path. */
  readonly case: string;
  readonly folder: string;
  readonly kind: string;
  readonly engine: string;
  /** `pass`; `miss` (at least one check failed, or nothing was there to check); `bad` (cannot be read as a case). */
  readonly status: 'pass' | 'miss' | 'bad';
  readonly checks: readonly Check[];
  /** The problem of a `bad` case, or of a run that threw. */
  readonly problem?: string;
  readonly seconds: number;
}

/** A case as lines of text: its verdict, then each tensor with its error and the tolerance. */
export function caseLines(report: CaseReport): string[] {
  if (report.status === 'bad') return [`BAD  ${report.case}: ${report.problem}`];
  const { checks, problem } = report;
  const verdict = report.status === 'pass' ? 'PASS' : 'MISS';
  const counts = `${checks.filter(({ pass }) => pass).length} of ${checks.length} within tolerance`;
  const width = Math.max(0, ...checks.map(({ name }) => name.length));
  return [
    `${verdict} ${report.case} (${report.kind}, ${report.engine}): ${problem ?? counts}, ${report.seconds} s`,
    ...checks.map(
      (check) => `  ${check.pass ? 'ok  ' : 'MISS'} ${check.name.padEnd(width)}  ${figures(check)}`,
    ),
  ];
}

function figures({ error, tolerance, measure, reason }: Check): string {
  return reason ?? `${measure} error ${brief(error)} (tolerance ${brief(tolerance)})`;
}

function brief(value: number): string {
  return value === 0 ? '0' : value.toExponential(1);
}

/** One line on all cases: `14 passed, 1 missed.` */
export function summaryLine(reports: readonly CaseReport[]): string {
  const count = (status: CaseReport['status']) => reports.filter((report) => report.status === status).length;
  const bad = count('bad');
  return `${count('pass')} passed, ${count('miss')} missed${bad > 0 ? `, ${bad} could not be read` : ''}.`;
}

/** Exit code of a verification: 2 if a case could not be read, else 1 if one missed, else 0. */
export function exitCodeOf(reports: readonly CaseReport[]): number {
  if (reports.some(({ status }) => status === 'bad')) return 2;
  return reports.some(({ status }) => status === 'miss') ? 1 : 0;
}
