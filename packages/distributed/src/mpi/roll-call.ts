import { RankFailed } from '../communicator.js';
import type { MpiCalls, Request } from './calls.js';
import type { Operation } from './pending.js';

/** What ranks tell each other when something is wrong. */
type Note =
  | { readonly kind: 'where are you'; readonly from: number }
  | { readonly kind: 'here'; readonly from: number; readonly begun: number; readonly aside: boolean }
  | { readonly kind: 'failed'; readonly from: number; readonly ranks: number[]; readonly reason: string };

/** All notes have one length, so that none needs a message about its length. */
const noteBytes = 1024;

/** What {@link rollCall} works with. */
export interface RollCallOptions {
  readonly calls: MpiCalls;
  readonly rank: number;
  readonly size: number;
  /** Seconds that an operation may take. */
  readonly timeout: number;
  readonly clock: () => number;
  /** Operations that this rank has begun. */
  readonly begun: () => number;
  /** Whether this rank does something that the others do not take part in. */
  readonly isAside: () => boolean;
  /** Called once, with the reason, when a rank is known to have failed. */
  readonly onFailure: (failure: RankFailed) => void;
}

/** Finds out which rank keeps the others waiting; costs nothing but a look for notes while all goes well. */
export interface RollCall {
  /** Reads notes and answers them. */
  listen(): void;
  /** Calls the roll once the operation takes too long, and judges the answers. */
  watch(oldest: Operation): void;
  /** Tells the others that this rank ends. */
  fail(reason: string): void;
}

/**
 * MPI does not say which rank an operation waits for. So when one takes longer than the time limit, this rank asks all others
 * where they are: who does not answer is dead or stopped, who has begun fewer operations is behind, unless it says that it does something
 * else meanwhile. Then all are told. The last quarter of the limit is for the answers.
 */
export function rollCall(options: RollCallOptions): RollCall {
  const { calls, rank, size, timeout, clock, begun, isAside, onFailure } = options;
  const patience = Math.min(60, timeout / 4); // a step may keep a rank from answering
  const others = Array.from({ length: size }, (_, each) => each).filter((each) => each !== rank);
  const buffer = new Uint8Array(noteBytes);
  const answers = new Map<number, { readonly begun: number; readonly aside: boolean }>();
  let asked: number | undefined;
  let excused = 0;
  let failure: RankFailed | undefined;
  let travelling: Request[] = []; // kept as long as MPI may read their bytes
  const stillTravelling = () => (travelling = travelling.filter((request) => !request.test()));
  const send = (note: Note, to: readonly number[]) => {
    const bytes = noteOf(note);
    travelling = [...stillTravelling(), ...to.map((each) => calls.sendNote(bytes, each))];
  };
  const settle = (ranks: number[], reason: string) => {
    if (failure !== undefined) return;
    failure = new RankFailed(ranks, reason);
    onFailure(failure);
  };
  const tellAll = (ranks: number[], reason: string) => {
    send({ kind: 'failed', from: rank, ranks, reason }, others);
    const end = clock() + 0.1; // short notes leave at once, unless the other side is gone
    while (clock() < end && stillTravelling().length > 0) continue;
  };
  const answer = (note: Note) => {
    if (note.kind === 'where are you')
      send({ kind: 'here', from: rank, begun: begun(), aside: isAside() }, [note.from]);
    else if (note.kind === 'here') answers.set(note.from, note);
    else settle(note.ranks, note.reason);
  };
  const judge = ({ number, name }: Operation) => {
    const absent = others.filter((each) => !answers.has(each));
    const late = others.filter((each) => (answers.get(each)?.begun ?? Infinity) <= number);
    const behind = late.filter((each) => !answers.get(each)!.aside);
    asked = undefined;
    excused = clock();
    answers.clear();
    if (absent.length + behind.length === 0 && late.length > 0) return; // they do something else: ask again later
    const words = [
      ...absent.map((each) => `rank ${each} does not answer: it died, is stopped, or its machine is gone`),
      ...behind.map((each) => `rank ${each} answers, but did not come so far`),
    ];
    const reason = words.length > 0 ? words.join('; ') : 'all ranks answer, but its data does not arrive';
    const message = `${name} took longer than ${timeout} s: ${reason}.`;
    const causes = [...absent, ...behind].sort((a, b) => a - b);
    tellAll(causes, message);
    settle(causes, message);
  };
  const listen = () => {
    while (calls.receiveNote(buffer)) answer(readNote(buffer));
  };
  return {
    listen,
    watch(oldest) {
      const now = clock();
      const due = now - Math.max(oldest.since, excused) > timeout - patience;
      if (!due) asked = undefined; // it came after all
      if (!due || failure !== undefined) return;
      listen();
      if (asked === undefined) {
        asked = now;
        answers.clear();
        send({ kind: 'where are you', from: rank }, others);
      } else if (answers.size === others.length || now - asked > patience) {
        if (failure === undefined) judge(oldest);
      }
    },
    fail(reason) {
      if (failure === undefined) tellAll([rank], `rank ${rank} ended: ${reason}`);
    },
  };
}

/** A reason is cut to what a note holds. */
function noteOf(note: Note): Uint8Array {
  const short =
    'reason' in note ? { ...note, ranks: note.ranks.slice(0, 20), reason: cut(note.reason) } : note;
  const bytes = new Uint8Array(noteBytes);
  bytes.set(new TextEncoder().encode(JSON.stringify(short)).subarray(0, noteBytes));
  return bytes;
}

const cut = (text: string) => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 700);

function readNote(bytes: Uint8Array): Note {
  const end = bytes.indexOf(0);
  return JSON.parse(new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end))) as Note;
}
