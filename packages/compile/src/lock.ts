/**
 * Runs tasks in the order they were given.
 *
 * @param lanes - How many may run at a time. Default 1.
 */
export function queue(lanes = 1): <Result>(task: () => Promise<Result> | Result) => Promise<Result> {
  const waiting: (() => void)[] = [];
  let free = lanes;
  return async (task) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((go) => waiting.push(go));
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}

/** tfjs has one current backend for all: whoever changes it takes this turn. */
export const backendTurn = queue();
