import { setTimeout as wait } from 'node:timers/promises';
import { InvalidInput, isInvalidInput, messageOf, unusable } from '@m3ae/errors';

/** How patient reading over a network is. */
export interface Patience {
  /** Requests in a row that may bring nothing. */
  readonly attempts: number;
  /** Wait before the second request; it doubles with each that follows. */
  readonly firstDelay: number;
  /** Longest wait, also where a server asks for more. */
  readonly longestDelay: number;
  /** A server that is silent for longer is asked again. All in milliseconds. */
  readonly silence: number;
}

/** Half a minute in all for a server that refuses, as one that restarts does. */
export const patience: Patience = { attempts: 7, firstDelay: 500, longestDelay: 30_000, silence: 30_000 };

/** A server that did not answer, however often it was asked. */
export class Unreachable extends InvalidInput {
  constructor(
    readonly address: string,
    cause: unknown,
  ) {
    const sentence = `${address} cannot be reached: ${reasonOf(cause)}. Check the network and the address, and go on later.`;
    super(unusable(sentence).faults, { cause });
  }
}

/** A file that is another than when it was looked up: what was read of it and what is there do not belong together. */
export class ChangedFile extends InvalidInput {
  constructor(address: string) {
    const sentence = `${address} has changed while it was read. Start again, and leave it as it is meanwhile.`;
    super(unusable(sentence).faults);
  }
}

/** For a place where such a server may be left out: other errors are thrown on. */
export function unreachableOf(error: unknown): Unreachable {
  if (error instanceof Unreachable) return error;
  throw error;
}

/** A failure that may pass. */
export class Interrupted extends Error {
  /** @param delay - Milliseconds that the server asks to wait. */
  constructor(
    message: string,
    readonly delay?: number,
  ) {
    super(message);
  }
}

/**
 * Counts the failures in a row of reading one file.
 *
 * @param tries - Attempts that are left; fewer than those of the patience for a server that has just failed.
 */
export function countAttempts(address: string, settings: Patience, tries = settings.attempts) {
  let failures = 0;
  let allowed = tries;
  return {
    /** Something came. */
    succeed(): void {
      failures = 0;
      allowed = settings.attempts;
    },
    /** Waits before the next attempt; throws what is final, or {@link Unreachable} after too many. */
    async afterFailure(error: unknown): Promise<void> {
      if (isInvalidInput(error)) throw error;
      failures++;
      if (failures >= allowed) throw new Unreachable(address, error);
      const asked = error instanceof Interrupted ? error.delay : undefined;
      const delay = asked ?? settings.firstDelay * 2 ** (failures - 1);
      await wait(Math.min(settings.longestDelay, delay));
    },
  };
}

/** What a server asks for in `Retry-After`, in milliseconds: seconds, or a time by its own clock. */
export function retryAfter(headers: Headers): number | undefined {
  const text = headers.get('retry-after');
  if (text === null) return undefined;
  const seconds = /^\d+$/.test(text.trim())
    ? Number(text)
    : (Date.parse(text) - Date.parse(headers.get('date') ?? '')) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds * 1000) : undefined;
}

/** `fetch` says only that it failed; why stands in its cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const { code }: { readonly code?: unknown } = cause ?? {};
  const why = cause instanceof Error ? cause.message || String(code) : undefined;
  return (why ?? messageOf(error)).replace(/[.\s]+$/, '');
}
