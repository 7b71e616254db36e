import { faultLines, isInvalidInput } from '@m3ae/errors';
import type { Warn } from '@m3ae/runs';

/** What the process says to the shell. */
export const exitCodes = { done: 0, failure: 1, badInput: 2, interrupted: 130 } as const;

/** The run was stopped by Ctrl-C or SIGTERM after its state was saved. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** The exit code that an error deserves. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Interrupted) return exitCodes.interrupted;
  return isInvalidInput(error) ? exitCodes.badInput : exitCodes.failure;
}

/** Prints an error for a person: every fault on its own line; a stack only where DEBUG is set. */
export function printError(error: unknown): void {
  if (isInvalidInput(error)) {
    faultLines(error).forEach((line) => console.error(line));
    return;
  }
  if (error instanceof Interrupted) {
    console.error(error.message);
    return;
  }
  const { message } = error instanceof Error ? error : new Error(String(error));
  console.error(process.env.DEBUG ? error : `m3ae: ${message}`);
  if (!process.env.DEBUG) console.error('Set DEBUG=1 to see where it happened.');
}

/** Warns on standard error, whatever `--quiet` and `--json` say of standard output. */
export const warnOnStderr: Warn = (text) => console.error(`Warning: ${text}`);
