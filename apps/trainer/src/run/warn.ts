import type { Warn } from '@m3ae/runs';

/** Warns on standard error, whatever `--quiet` and `--json` say of standard output. */
export const warnOnStderr: Warn = (text) => console.error(`Warning: ${text}`);
