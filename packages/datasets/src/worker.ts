import { isInvalidInput, messageOf } from '@m3ae/errors';
// The script of a worker thread: assembles batches as they are asked for, and hands their memory over.
import { parentPort, workerData } from 'node:worker_threads';
import { readerOf } from './content/reader.js';
import { createDataset } from './create-dataset.js';
import { createAssembler } from './loader/assemble.js';
import type { Batch } from './loader/batch.js';
import type { WorkerReply, WorkerSetup, WorkerTask } from './loader/pool.js';

const { state, options }: WorkerSetup = workerData;
const opening = readerOf(state).then((reader) => createAssembler(createDataset(state, reader), options));
opening.catch(() => {}); // Told by the first request.

parentPort!.on('message', async ({ id, request, stored }: WorkerTask) => {
  const assembler = await opening.catch((error: unknown) => void reply(failure(id, error), []));
  if (!assembler) return;
  try {
    const batch = await assembler.assemble(request, stored);
    reply({ id, batch, badFiles: assembler.takeBadFiles() }, buffersOf(batch));
  } catch (error) {
    reply({ ...failure(id, error), badFiles: assembler.takeBadFiles() }, []);
  }
});

function failure(id: number, error: unknown): WorkerReply {
  const name = error instanceof Error ? error.name : 'Error';
  const faults = isInvalidInput(error) ? { faults: error.faults } : {};
  return { id, error: { name, message: messageOf(error), ...faults }, badFiles: [] };
}

function reply(message: WorkerReply, transfer: ArrayBuffer[]): void {
  parentPort!.postMessage(message, transfer);
}

/** The memory to hand over instead of copying. */
function buffersOf({ patches, tokenIds, paddingMask, labels }: Batch): ArrayBuffer[] {
  return [patches, tokenIds, paddingMask, labels].flatMap((array) =>
    array ? [array.data.buffer as ArrayBuffer] : [],
  );
}
