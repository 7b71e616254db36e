import { basename } from 'node:path';
import { createRunner } from '@m3ae/compile';
import type { Engine } from '../run/engine.js';
import { InputError } from '../config/config-error.js';
import { verifierOf } from './kinds/index.js';
import { readCase } from './read-case.js';
import type { CaseReport } from './types.js';

/** Options of {@link verifyCase}. */
export interface VerifyOptions {
  readonly engine: Engine;
  /** Threads of the compiled engine. */
  readonly threads?: number;
}

/**
 * Runs one case folder and reports every check; a problem in the folder is part of the report, not an exception.
 *
 * @param folder - Holds `case.json` and `tensors.safetensors`.
 */
export async function verifyCase(folder: string, { engine, threads }: VerifyOptions): Promise<CaseReport> {
  const start = performance.now();
  const about = { case: basename(folder), folder, kind: 'unknown', engine };
  const seconds = () => Number(((performance.now() - start) / 1000).toFixed(3));
  try {
    const golden = readCase(folder);
    about.kind = golden.kind;
    const checks = await verifierOf(golden)(golden, createRunner({ engine, threads }));
    const passed = checks.length > 0 && checks.every(({ pass }) => pass);
    const problem = checks.length === 0 ? 'the case holds nothing to check' : undefined;
    return { ...about, status: passed ? 'pass' : 'miss', checks, problem, seconds: seconds() };
  } catch (error) {
    const status = error instanceof InputError ? 'bad' : 'miss';
    return { ...about, status, checks: [], problem: (error as Error).message, seconds: seconds() };
  }
}

/** Exit code of a verification: 2 if a case could not be read, else 1 if one missed, else 0. */
export function exitCodeOf(reports: readonly CaseReport[]): number {
  if (reports.some(({ status }) => status === 'bad')) return 2;
  return reports.some(({ status }) => status === 'miss') ? 1 : 0;
}
