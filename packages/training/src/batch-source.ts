import type { Loader } from '@m3ae/datasets';
import { faultOf, invalidField, isRecord } from '@m3ae/errors';
import {
  anything,
  callback,
  checkOptions,
  integer,
  matching,
  optional,
  record,
  refined,
} from '@m3ae/errors/rules';
import type { MixedBatch, Mixer, MixerState } from '@m3ae/mixing';
import type { RngKey } from '@m3ae/random';
import { ownPlaces } from './accumulate.js';
import { able, type StepExamples, type Task } from './task.js';
import type { BatchCut } from './train-step.js';

/** A batch, or one micro-batch of it, that is ready for the step. */
export interface ReadyBatch<HostBatch> {
  readonly batch: HostBatch;
  /** Passes over the data begun so far, from 0. */
  readonly epoch: number;
  /** Where the source stands once the whole batch of the step is used, as plain JSON. */
  readonly state: unknown;
}

/** Batches in the order of their steps, cut as was asked for. */
export interface BatchFeed<HostBatch> {
  /** @throws RangeError after the last micro-batch of the last step. */
  next(): Promise<ReadyBatch<HostBatch>>;
}

/** Where batches come from; one training reads it at a time. */
export interface BatchSource<HostBatch> {
  /**
   * Begins, or goes on.
   *
   * @param place - `state` of the last batch used, null at the beginning; first step and step after the last; how batches are
   * cut, whole ones if left out.
   */
  read(place: {
    readonly state: unknown;
    readonly first: number;
    readonly last: number;
    readonly cut?: BatchCut;
  }): BatchFeed<HostBatch>;
}

/** What {@link mixedBatches} works with. */
export interface MixedBatchesOptions<HostBatch> {
  /** Says which examples a step takes. */
  readonly mixer: Mixer;
  /** A loader for each source of the mixer, by its name. */
  readonly loaders: Readonly<Record<string, Pick<Loader, 'load'>>>;
  /** Example numbers of each source's own numbering; a source that is left out is taken whole. */
  readonly indices?: Readonly<Record<string, Int32Array>>;
  /** `collate` of the task. */
  readonly collate: Task<HostBatch>['collate'];
  /** Decides everything random that `collate` draws. */
  readonly key: RngKey;
  /** Batches, or micro-batches, prepared ahead of their use. Default 2. */
  readonly prefetch?: number;
}

const isLoader = (value: unknown) => isRecord(value) && typeof value.load === 'function';

const recordOf = (what: string, remedy: string) =>
  matching<Readonly<Record<string, unknown>>>(`a record of ${what}`, isRecord, remedy, {});

/** Each source of the mixer has a loader. */
const optionsRule = refined(
  record({
    mixer: able<Mixer>(
      ['next', 'state', 'restore'],
      'a mixer',
      'Pass what createMixer of @m3ae/mixing gives.',
    ),
    loaders: recordOf('loaders', 'Give each source of the mixer one, by its name.'),
    indices: optional(recordOf('lists', 'Leave it out to take each source whole.')),
    collate: callback('a function of the examples', 'Pass task.collate.', () => undefined),
    key: anything, // collate checks it
    prefetch: optional(integer({ min: 1 }, 'Leave it out for 2.')),
  }),
  ['mixer', 'loaders'],
  ({ mixer, loaders }) =>
    mixer
      .state()
      .configuration.sources.filter(({ name }) => !isLoader(loaders[name]))
      .map(({ name }) =>
        faultOf(`loaders.${name}`, 'a loader', loaders[name], 'Give each source of the mixer one.'),
      ),
);

/**
 * The usual source: a mixer deals examples, loaders read them, the task makes a batch of them.
 *
 * Everything random in a batch follows from keys, the number of the step and an example's place in the batch, so it does not
 * matter how far ahead batches are prepared, by how many workers, in which process, or into how many micro-batches they are cut.
 *
 * @throws RangeError if an option is unknown or of a wrong kind, or a source of the mixer has no loader; from `read`, if the batch cannot be cut as asked.
 *
 * @example
 * ```ts
 * const batches = mixedBatches({ mixer, loaders: { photos: loader }, collate: task.collate, key: key(0) });
 * ```
 */
export function mixedBatches<HostBatch>(options: MixedBatchesOptions<HostBatch>): BatchSource<HostBatch> {
  checkOptions(optionsRule, options);
  const { mixer, prefetch = 2 } = options;
  return {
    read({ state, first, last, cut: { parts = 1, passes = 1, peers } = {} }) {
      if (state !== null) mixer.restore(state as MixerState);
      if (mixer.state().step !== first) {
        const remedy = 'Pass the state that was saved with the snapshot.';
        throw invalidField('state', `that of step ${first}`, `step ${mixer.state().step}`, remedy);
      }
      const { batchSize } = mixer.state().configuration;
      if (batchSize % parts !== 0) {
        const remedy = 'Choose a batch size that is a multiple of accumulate.';
        throw invalidField('accumulate', `a divisor of the batch size ${batchSize}`, parts, remedy);
      }
      const places = ownPlaces(parts, peers);
      const count = places.length * passes;
      let begun = 0;
      let dealt: { readonly mixed: MixedBatch; readonly after: MixerState };
      const begin = async () => {
        const turn = begun++ % count;
        if (turn === 0) dealt = { mixed: mixer.next(), after: mixer.state() };
        const { mixed, after } = dealt;
        const batch = await makeBatch(options, mixed, places[turn % places.length]!, parts);
        return { batch, epoch: mixed.epoch, state: after };
      };
      return prefetched(begin, (last - first) * count, prefetch);
    },
  };
}

/** Micro-batch `index` of `parts`. */
async function makeBatch<HostBatch>(
  { loaders, indices, collate, key }: MixedBatchesOptions<HostBatch>,
  { parts: sources, step }: MixedBatch,
  index: number,
  parts: number,
): Promise<HostBatch> {
  let examples: StepExamples = {};
  let firstExample = 0;
  for (const { source, kind, offset, useText, indices: dealt } of sources) {
    const size = dealt.length / parts;
    const rows = [index * size, (index + 1) * size] as const;
    firstExample = offset + rows[0]; // the same for all: every source gives as many examples
    const own = indices?.[source];
    const places = dealt.slice(...rows);
    const batch = await loaders[source]!.load({
      step,
      indices: own ? places.map((place) => own[place]!) : places,
      useText: useText.slice(...rows),
      firstPosition: firstExample,
    });
    examples = { ...examples, [kind === 'text' ? 'texts' : 'pictures']: batch };
  }
  return collate(examples, { step, key, firstExample });
}

/** Keeps up to `ahead` batches in preparation; `begin` is called in their order. */
function prefetched<HostBatch>(
  begin: () => Promise<ReadyBatch<HostBatch>>,
  count: number,
  ahead: number,
): BatchFeed<HostBatch> {
  const waiting: Promise<ReadyBatch<HostBatch>>[] = [];
  let left = count;
  const fill = () => {
    while (waiting.length < ahead && left > 0) {
      left--;
      const batch = begin();
      batch.catch(() => {}); // thrown where it is awaited
      waiting.push(batch);
    }
  };
  return {
    async next() {
      fill();
      const batch = waiting.shift();
      if (batch === undefined)
        throw invalidField('next', `called at most ${count} times`, 'another call', 'Read anew.');
      fill();
      return batch;
    },
  };
}
