import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createMixer, type MixerState } from '@m3ae/mixing';
import { key } from '@m3ae/random';
import { type Batch, type BatchRequest, createLoader, type DatasetSpec, openDataset } from '../src/index.js';

/** What a run deals. */
export interface Dealing {
  readonly spec: DatasetSpec;
  readonly steps: number;
  readonly workers: number;
  readonly workerFile: string;
  /** Where the cursor is kept after each step; a run begins behind the one that is there. */
  readonly cursor?: string;
}

/** A step as it was dealt: which examples, and the SHA-256 of all that a model sees of them. */
export interface Dealt {
  readonly step: number;
  readonly indices: readonly number[];
  readonly sha256: string;
}

export const batchSize = 3;

function digest({ patches, tokenIds, paddingMask, labels }: Batch): string {
  const hash = createHash('sha256');
  for (const array of [patches, tokenIds, paddingMask, labels])
    if (array) hash.update(new Uint8Array(array.data.buffer, array.data.byteOffset, array.data.byteLength));
  return hash.digest('hex');
}

/** Deals batches as a training does: read ahead by several, each with the cursor that stands behind it. */
export async function* deal({ spec, steps, workers, workerFile, cursor }: Dealing): AsyncGenerator<Dealt> {
  const dataset = await openDataset(spec);
  const { kind, length, shards } = dataset;
  const mixer = createMixer({
    key: key(7),
    batchSize,
    strategy: 'weighted', // takes text alone too
    sources: [{ name: 'data', kind, length, ...(shards && { shards }) }],
  });
  if (cursor !== undefined && existsSync(cursor))
    mixer.restore(JSON.parse(readFileSync(cursor, 'utf8')) as MixerState);
  const image = kind === 'text' ? undefined : { size: 8, patchSize: 8 };
  const loader = createLoader(dataset, {
    image,
    text: { maxLength: 8 },
    key: key(8),
    workers,
    workerFile,
    queueSize: 4,
  });
  const states: MixerState[] = [];
  const requests = function* (): Generator<BatchRequest> {
    while (true) {
      const { step, parts } = mixer.next();
      if (step >= steps) return;
      states.push(mixer.state());
      yield { step, indices: parts[0]!.indices };
    }
  };
  let dealt = 0;
  try {
    for await (const batch of loader.stream(requests())) {
      const state = states[dealt++]!;
      yield { step: state.step - 1, indices: [...batch.indices], sha256: digest(batch) };
      if (cursor === undefined) continue;
      writeFileSync(`${cursor}.part`, JSON.stringify(state));
      renameSync(`${cursor}.part`, cursor);
    }
  } finally {
    await loader.close();
  }
}
