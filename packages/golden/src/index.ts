// Running cases, and what came out
export {
  caseLines,
  type CaseReport,
  exitCodeOf,
  summaryLine,
  verifyCase,
  verifyCases,
  type VerifyOptions,
} from './verify-case.js';
export type { Check, Measure } from './checker.js';
