/** Shows what is being done. */
export interface Progress {
  readonly show: (message: string) => void;
  /** Clears the line, where there is one. */
  readonly done: () => void;
}

/** One line that overwrites itself on a terminal, a line for each message elsewhere; always on standard error. */
export function createProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY) {
    return { show: (message) => void stream.write(`${message}\n`), done: () => undefined };
  }
  const clear = '\r\u001b[2K';
  return { show: (message) => void stream.write(`${clear}${message}`), done: () => void stream.write(clear) };
}
