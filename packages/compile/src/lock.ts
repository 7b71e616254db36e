/** Runs tasks one after the other, in the order they were given. */
export function queue(): <Result>(task: () => Promise<Result> | Result) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const next = last.then(task);
    last = next.catch(() => undefined);
    return next;
  };
}

/** tfjs has one current backend for all: whoever changes it takes this turn. */
export const backendTurn = queue();
