import { Worker } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { type Fault, InvalidInput, messageOf } from '@m3ae/errors';
import type { DatasetState } from '../state.js';
import type { BadFile, Batch, BatchRequest, StoredPictures } from './batch.js';
import type { AssemblyOptions } from './options.js';

/** A batch or why there is none, and the files newly found bad. */
export interface PoolResult {
  readonly batch?: Batch;
  readonly error?: Error;
  readonly badFiles: WorkerReply['badFiles'];
}

interface Thread {
  readonly worker: Worker;
  /** Requests under way, by their numbers. */
  readonly pending: Map<number, { resolve(reply: WorkerReply): void; reject(error: Error): void }>;
}

/** Starts threads that assemble batches. If one of them crashes, everything under way and everything later is rejected. */
export function createPool(file: string | URL, setup: WorkerSetup, count: number) {
  let nextId = 0;
  let failure: Error | undefined;
  const threads: Thread[] = [];

  const fail = (error: Error): void => {
    if (failure) return; // Threads that end one after the other must not let go of those that close() waits for.
    failure = error;
    for (const { pending, worker } of threads) {
      for (const { reject } of pending.values()) reject(failure);
      pending.clear();
      worker.unref();
    }
  };

  for (let i = 0; i < count; i++) threads.push(startThread(file, setup, fail));

  return {
    /** Gives a request to the thread with the least to do. */
    async run(request: BatchRequest, stored?: StoredPictures): Promise<PoolResult> {
      if (failure) throw failure;
      const thread = threads.reduce((best, other) => (other.pending.size < best.pending.size ? other : best));
      const id = nextId++;
      const reply = await new Promise<WorkerReply>((resolve, reject) => {
        thread.pending.set(id, { resolve, reject });
        // Only a thread with work keeps the process alive, so a loader that nobody closed does not.
        thread.worker.ref();
        const files = stored?.flatMap((bytes) => bytes?.buffer ?? []) ?? [];
        thread.worker.postMessage({ id, request, stored } satisfies WorkerTask, files);
      });
      return { batch: reply.batch, error: reply.error && revive(reply.error), badFiles: reply.badFiles };
    },
    /** Ends all threads; what is under way is rejected with `reason`. */
    async close(reason: Error): Promise<void> {
      fail(reason);
      await Promise.all(
        threads.map(({ worker }) => {
          worker.ref(); // Or nothing would keep the process alive until the thread has ended.
          return worker.terminate();
        }),
      );
    },
  };
}

function startThread(file: string | URL, setup: WorkerSetup, fail: (error: Error) => void): Thread {
  const worker = new Worker(file, { workerData: setup });
  const pending: Thread['pending'] = new Map();
  worker.unref();
  worker.on('message', (reply: WorkerReply) => {
    pending.get(reply.id)?.resolve(reply);
    pending.delete(reply.id);
    if (pending.size === 0) worker.unref();
  });
  const crash = (why: string, cause?: unknown): void => {
    const message = `A worker thread of the loader ${why}. Run with workers: 0 to see it in the calling thread.`;
    fail(new Error(message, { cause }));
  };
  worker.on('error', (error) => crash(`crashed: ${messageOf(error)}`, error));
  worker.on('messageerror', (error) => crash(`sent what cannot be read: ${messageOf(error)}`, error));
  worker.on('exit', (code) => crash(`ended with exit code ${code}`));
  return { worker, pending };
}

/** Errors cross threads as text; the kind is restored, so that callers see what they would with no workers. */
function revive({ name, message, faults }: NonNullable<WorkerReply['error']>): Error {
  if (faults) return Object.assign(new InvalidInput(faults), { message }); // with the head that its faults had
  const error = new Error(message);
  error.name = name;
  return error;
}

/** What a worker is started with. */
export interface WorkerSetup {
  readonly state: DatasetState;
  readonly options: AssemblyOptions;
}

/** To a worker: make this batch. */
export interface WorkerTask {
  readonly id: number;
  readonly request: BatchRequest;
  /** The files of its pictures, where this thread has read them. */
  readonly stored?: StoredPictures;
}

/** From a worker: the batch, or why there is none; either way the files newly found bad. */
export interface WorkerReply {
  readonly id: number;
  readonly batch?: Batch;
  readonly error?: { readonly name: string; readonly message: string; readonly faults?: readonly Fault[] };
  readonly badFiles: readonly BadFile[];
}

/**
 * The worker's script of this package, in the module format that is running.
 * From source (in tests) it is the built one, so build first.
 */
export function defaultWorkerFile(): string {
  const here = import.meta.url;
  if (here.endsWith('.ts')) return fileURLToPath(new URL('../../dist/worker.js', here));
  return fileURLToPath(new URL(here.endsWith('.cjs') ? './worker.cjs' : './worker.js', here));
}
