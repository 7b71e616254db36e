import type { Check } from './checker.js';

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
