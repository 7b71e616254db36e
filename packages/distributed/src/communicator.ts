/** What travels between ranks. */
export type Values = Float32Array | Uint8Array;

/**
 * The places of equal pieces in a longer array: piece `i`, of or for rank `i`, begins at `offset + i * stride`.
 */
export interface Pieces {
  /** Elements of each piece. */
  readonly length: number;
  readonly stride: number;
  /** Default 0. */
  readonly offset?: number;
}

/**
 * Processes that train together, each of which is a rank. All ranks call the same operations in the same order.
 *
 * An operation leaves its arrays to the transport until its promise resolves: neither read nor write them before.
 * Several may be under way at once. One that takes longer than the time limit of the communicator, or meets a rank that
 * failed, is rejected with {@link RankFailed} on every rank that still lives.
 */
export interface Communicator {
  /** This process, from 0. */
  readonly rank: number;
  /** Number of processes. */
  readonly size: number;
  /** Aborted, with a {@link RankFailed} as the reason, once another rank is known to have failed. */
  readonly failed: AbortSignal;
  /** Sums over all ranks, in place; in which order is the transport's choice. */
  allReduce(values: Float32Array): Promise<void>;
  /** Overwrites the values of every rank with those of the root, 0 unless given. */
  broadcast(values: Values, root?: number): Promise<void>;
  /**
   * Puts each rank's piece into the arrays of all ranks, in place.
   *
   * @param values - A multiple of `size` long; this rank's piece is the `rank`-th of `size` equal ones.
   */
  allGather(values: Values): Promise<void>;
  /**
   * Sends piece `i` to every other rank `i` and receives piece `i` from it. Both kinds of pieces have one length; this rank's own do
   * not move.
   */
  exchange(send: Float32Array, sent: Pieces, receive: Float32Array, received: Pieces): Promise<void>;
  /** Adds within this process, at once: `total[i] += summand[i]`, each rounded to single precision. Both have one length. */
  addTo(total: Float32Array, summand: Float32Array): void;
  /** Resolves once every rank is here. */
  barrier(): Promise<void>;
  /**
   * Does something that the others do not take part in, such as writing a file: they wait for this rank beyond the time limit, as
   * long as it answers.
   */
  aside<Result>(body: () => Promise<Result>): Promise<Result>;
  /** Tells the other ranks why this one ends; their operations are then rejected with {@link RankFailed}. Nothing after `close`. */
  fail(reason: string): void;
  /** Leaves in order, once all ranks do. */
  close(): Promise<void>;
}

/** A rank died, stopped, fell behind the time limit or reported a failure. */
export class RankFailed extends Error {
  override readonly name = 'RankFailed';

  constructor(
    /** Those that failed, in ascending order. */
    readonly ranks: readonly number[],
    message: string,
  ) {
    super(message);
  }
}

/**
 * The communicator of one process alone: every operation is done at once.
 *
 * @example
 * ```ts
 * const communicator = singleProcess();
 * communicator.size; // 1
 * ```
 */
export function singleProcess(): Communicator {
  return {
    rank: 0,
    size: 1,
    failed: new AbortController().signal,
    allReduce: async () => undefined,
    broadcast: async () => undefined,
    allGather: async () => undefined,
    exchange: async () => undefined,
    addTo(total, summand) {
      for (let i = 0; i < total.length; i++) total[i] = total[i]! + summand[i]!;
    },
    barrier: async () => undefined,
    aside: (body) => body(),
    fail: () => undefined,
    close: async () => undefined,
  };
}
