// Running cases
export { verifyCase, verifyCases, type VerifyOptions } from './verify-case.js';

// What came out
export { caseLines, type CaseReport, exitCodeOf, summaryLine } from './report.js';
export type { Check } from './checker.js';
export type { Measure } from './measure.js';
