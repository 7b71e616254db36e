import { unusable } from '@m3ae/errors';
import { ChangedFile, Interrupted, retryAfter } from './retry.js';
import { explainRefusal, send } from './send.js';

/** Bytes of an answer that are rather read than cut off. */
const shortAnswer = 1 << 16;
/** Busy or restarting servers answer so. */
const passing = new Set([408, 425, 429, 500, 502, 503, 504]);

/** What is known about a file so far; the first answer completes it. */
export interface RemoteState {
  readonly address: string;
  size?: number;
  version?: string;
  /** Whether the server sends parts of a file; undefined before its first answer. */
  ranged?: boolean;
}

/** An answer that has begun. */
interface RangeAnswer {
  /** Exactly the bytes that were asked for; throws {@link Interrupted} where the answer ends before. */
  readonly pieces: AsyncGenerator<Uint8Array, void, void>;
  cancel(): Promise<void>;
}

/**
 * Asks once for some bytes of a file.
 *
 * @param state - Completed by the first answer; later ones must agree with it.
 * @param end - Behind the last byte; left out, all.
 * @param silence - Milliseconds without a byte after which the answer is given up.
 * @returns Undefined where there is no such file.
 * @throws Interrupted if it may work later; InvalidInput if the file has changed, or may not be read.
 */
export async function requestRange(
  state: RemoteState,
  start: number,
  end: number | undefined,
  silence: number,
): Promise<RangeAnswer | undefined> {
  const clock = silenceClock(silence);
  const range = `bytes=${start}-${end === undefined ? '' : end - 1}`;
  const headers = { range, ...onlyVersion(state) };
  const response = await clock.limit((signal) => send(state.address, { headers, signal }));
  const { status, body } = response;
  const length = Number(response.headers.get('content-length') ?? Infinity);
  const cancel = async (): Promise<void> => {
    // A connection whose answer is read to its end is used again.
    const end = length <= shortAnswer ? clock.limit(() => response.arrayBuffer()) : body?.cancel();
    await end?.catch(() => {});
  };
  const refuse = async (error: Error | undefined): Promise<undefined> => {
    await cancel();
    if (error) throw error;
  };
  if (status === 404 || status === 410) return refuse(undefined);
  if (passing.has(status)) {
    return refuse(new Interrupted(`its server answers ${status}`, retryAfter(response.headers)));
  }
  const beyond = status === 416 && start === 0 && (state.size ?? 0) === 0; // of an empty file
  if (status === 412 || (status === 416 && !beyond)) return refuse(new ChangedFile(state.address));
  if (!response.ok && !beyond) {
    const text = await response.text().catch(() => '');
    throw unusable(explainRefusal(state.address, status, text));
  }
  const fault = learn(state, response, start);
  if (fault) return refuse(fault);
  const skipped = status === 206 ? 0 : start; // a server that knows no ranges sends the file whole
  const last = Math.min(end ?? Infinity, state.size!);
  const isExact = length === skipped + last - start;
  const pieces = beyond ? none() : cut(body, skipped, last - start, isExact, clock);
  return { pieces, cancel };
}

/** Asks the server to send nothing of another version. */
function onlyVersion({ version }: RemoteState): Record<string, string> {
  return version?.startsWith('"') ? { 'if-match': version } : {};
}

/** Takes over what an answer says about the file, or tells that it does not fit what is known. */
function learn(state: RemoteState, { status, headers }: Response, start: number): Error | undefined {
  const packed = headers.get('content-encoding') ?? 'identity';
  if (packed !== 'identity') {
    return unusable(`The server of ${state.address} packs it by ${packed}. Let it send the file as it is.`);
  }
  const [, first, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') ?? [];
  if (status === 206 && Number(first) !== start) return new Interrupted('its server sends another part');
  const told = status === 416 ? '0' : status === 206 ? total : headers.get('content-length');
  const size = told && told !== '*' ? Number(told) : state.size;
  if (size === undefined) {
    return unusable(`The server of ${state.address} does not tell its length. Fetch it and name its path.`);
  }
  const version = headers.get('etag') ?? headers.get('last-modified') ?? undefined;
  const isOther = state.size !== undefined && state.size !== size;
  if (isOther || (state.version !== undefined && version !== undefined && state.version !== version)) {
    return new ChangedFile(state.address);
  }
  state.size = size;
  state.version ??= version;
  state.ranged = status !== 200;
  return undefined;
}

async function* none(): AsyncGenerator<Uint8Array, void, void> {}

/**
 * `length` bytes of a body, behind those that are skipped; what a server sends beyond is left.
 *
 * @param isExact - Whether nothing is beyond.
 */
async function* cut(
  body: Response['body'],
  skipped: number,
  length: number,
  isExact: boolean,
  clock: ReturnType<typeof silenceClock>,
): AsyncGenerator<Uint8Array, void, void> {
  const reader = body!.getReader();
  let [toSkip, left] = [skipped, length];
  try {
    while (left > 0) {
      const { done, value } = await clock.limit(() => reader.read());
      if (done) throw new Interrupted(`its answer ends ${left} bytes early`);
      const piece = value.subarray(Math.min(toSkip, value.length)).subarray(0, left);
      toSkip -= Math.min(toSkip, value.length);
      left -= piece.length;
      if (piece.length > 0) yield piece;
    }
    if (isExact) await reader.read().catch(() => {}); // its end, after which the connection is used again
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** Ends a request whose server is silent; while nobody waits for the server, no time runs. */
function silenceClock(milliseconds: number) {
  const controller = new AbortController();
  return {
    async limit<Result>(task: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
      const silent = new Interrupted(`its server was silent for ${milliseconds / 1000} s`);
      const timer = setTimeout(() => controller.abort(silent), milliseconds);
      try {
        return await task(controller.signal);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
