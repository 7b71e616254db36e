import type { Fault } from '@m3ae/errors';
import type { DatasetState } from '../state.js';
import type { BadFile, Batch, BatchRequest, StoredPictures } from './batch.js';
import type { AssemblyOptions } from './options.js';

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
