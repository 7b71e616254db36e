// The script of a worker thread: assembles batches as they are asked for, and hands their memory over.
import { parentPort, workerData } from 'node:worker_threads';
import { isInvalidInput, messageOf } from '@m3ae/errors';
import { joinedReader } from './concat/join-datasets.js';
import { listReader } from './content/list.js';
import { createDataset, reindexed } from './create-dataset.js';
import type { ContentReader } from './dataset.js';
import { createAssembler } from './loader/assemble.js';
import type { Batch } from './loader/batch.js';
import type { WorkerReply, WorkerSetup, WorkerTask } from './loader/pool.js';
import { readerOfModule, reopenModule } from './source/load-module.js';
import type { DatasetState } from './state.js';

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

/** Makes the reader of a dataset's content in a thread that did not open it. */
async function readerOf(state: DatasetState): Promise<ContentReader> {
  const { content, name } = state;
  switch (content.type) {
    case 'list':
      return listReader(content, name);
    case 'joined':
      return joinedReader(content.parts, await Promise.all(content.parts.map(readerOf)));
    case 'subset': {
      const { of, indices } = content;
      return reindexed(await readerOf(of), (index) => indices[index]!);
    }
    case 'module':
      return readerOfModule(content, name);
    case 'reopened':
      return reopenModule(content, state);
  }
}
