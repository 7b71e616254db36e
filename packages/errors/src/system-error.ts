import { isRecord } from './kinds.js';

/** What the system says of a failure: its code, such as `ENOENT`, the file that it is about, and the call that failed. */
export interface SystemError {
  readonly code?: string;
  readonly path?: string;
  readonly syscall?: string;
}

/** What the system says of anything that was thrown; nothing where it did not come from there. */
export function systemErrorOf(error: unknown): SystemError {
  if (!isRecord(error)) return {};
  const { code, path, syscall } = error;
  return {
    ...(typeof code === 'string' && { code }),
    ...(typeof path === 'string' && { path }),
    ...(typeof syscall === 'string' && { syscall }),
  };
}
