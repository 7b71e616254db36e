import type { CaseReport, Check } from './types.js';

/** A case as lines of text: its verdict, then each tensor with its error and the tolerance. */
export function caseLines(report: CaseReport): string[] {
  const missed = report.checks.filter(({ pass }) => !pass).length;
  if (report.status === 'bad') return [`BAD  ${report.case}: ${report.problem}`];
  const verdict = { pass: 'PASS', miss: 'MISS' }[report.status];
  const counts = `${report.checks.length - missed} of ${report.checks.length} within tolerance`;
  const width = Math.max(0, ...report.checks.map(({ name }) => name.length));
  return [
    `${verdict} ${report.case} (${report.kind}, ${report.engine}): ${counts}, ${report.seconds} s`,
    ...report.checks.map(
      (check) => `  ${check.pass ? 'ok  ' : 'MISS'} ${check.name.padEnd(width)}  ${figures(check)}`,
    ),
  ];
}

function figures({ error, tolerance, measure, reason }: Check): string {
  return reason ?? `${measure} error ${brief(error)} (tolerance ${brief(tolerance)})`;
}

/** One line on all cases. */
export function summaryLine(reports: readonly CaseReport[]): string {
  const count = (status: CaseReport['status']) => reports.filter((report) => report.status === status).length;
  const bad = count('bad');
  return `${count('pass')} passed, ${count('miss')} missed${bad > 0 ? `, ${bad} could not be read` : ''}.`;
}

/** The reports as one JSON document; numbers that JSON cannot hold become null. */
export function reportsJson(reports: readonly CaseReport[], exitCode: number): string {
  return JSON.stringify({ pass: exitCode === 0, exitCode, cases: reports }, null, 2);
}

function brief(value: number): string {
  return value === 0 ? '0' : value.toExponential(1);
}
