/** Tells a person that something is not as it should be, although the work goes on. */
export type Warn = (text: string) => void;

/** Warns on standard error, whatever `--quiet` and `--json` say of standard output. */
export const warnOnStderr: Warn = (text) => console.error(`Warning: ${text}`);
