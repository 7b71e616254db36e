// Running cases
export { verifyCase, verifyCases, type VerifyOptions } from './verify-case.js';

// What came out
export { caseLines, type CaseReport, exitCodeOf, summaryLine } from './verify-case.js';
export type { Check, Measure } from './checker.js';
