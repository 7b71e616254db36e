// The script of a worker thread: assembles batches as they are asked for, and hands their memory over.
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from './errors.js';
import { datasetFromState } from './from-state.js';
import { createAssembler } from './loader/assemble.js';
import type { Batch } from './loader/batch.js';
import type { WorkerReply, WorkerSetup, WorkerTask } from './loader/messages.js';

const { state, options } = workerData as WorkerSetup;
const assembler = createAssembler(datasetFromState(state), options);

parentPort!.on('message', async ({ id, request }: WorkerTask) => {
  try {
    const batch = await assembler.assemble(request);
    reply({ id, batch, badFiles: assembler.takeBadFiles() }, buffersOf(batch));
  } catch (error) {
    const name = error instanceof Error ? error.name : 'Error';
    reply({ id, error: { name, message: messageOf(error) }, badFiles: assembler.takeBadFiles() }, []);
  }
});

function reply(message: WorkerReply, transfer: ArrayBuffer[]): void {
  parentPort!.postMessage(message, transfer);
}

/** The memory to hand over instead of copying. */
function buffersOf({ patches, tokenIds, paddingMask, labels }: Batch): ArrayBuffer[] {
  return [patches, tokenIds, paddingMask, labels].flatMap((array) =>
    array ? [array.data.buffer as ArrayBuffer] : [],
  );
}
