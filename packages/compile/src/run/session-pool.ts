import type { Program } from './session.js';

/**
 * A program whose calls may run at the same time, each in a session of its own; further sessions are opened when they are needed.
 *
 * @param first - The first session.
 * @param open - Opens another one.
 */
export function sessionPool(first: Program, open: () => Promise<Program>): Program {
  const opened = [Promise.resolve(first)];
  const idle = [first];
  return {
    async run(leaves) {
      const program = idle.pop() ?? (await another());
      try {
        return await program.run(leaves);
      } finally {
        idle.push(program);
      }
    },
    async release() {
      const all = await Promise.allSettled(opened);
      await Promise.all(all.map((each) => each.status === 'fulfilled' && each.value.release()));
    },
  };

  function another(): Promise<Program> {
    const opening = open();
    opened.push(opening);
    return opening;
  }
}
