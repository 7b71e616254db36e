import { digestJson } from '@m3ae/checkpoint/files';
import { type Address, type Dataset, type DatasetSpec, noteSentence, openDataset } from '@m3ae/datasets';
import { faultOf, throwFaults } from '@m3ae/errors';
import type { RgbImage } from '@m3ae/preprocess';
import type { OnPrepareProgress } from './options.js';

/** An example of one of several sources. */
interface SourceExample {
  readonly place: string;
  readonly label?: string;
  readonly group?: string;
  captions(): readonly string[];
  image(): Promise<RgbImage>;
  imageBytes(): Promise<Uint8Array | undefined>;
}

/** Several sources, one after the other. */
export interface Sources {
  readonly length: number;
  /** Changes whenever an example does. */
  readonly fingerprint: string;
  /** What each is called and how many examples it has. */
  readonly parts: readonly { readonly name: string; readonly length: number }[];
  /** Names of all classes; undefined where a source has none: then no example keeps its class. */
  readonly classNames?: readonly string[];
  /** Whether some examples belong together. */
  readonly hasGroups: boolean;
  /** What was odd about them, in sentences. */
  readonly notes: readonly string[];
  at(index: number): SourceExample;
}

const captionsAt = (dataset: Dataset, index: number): readonly string[] =>
  (dataset.captions?.(index) ?? [dataset.caption(index)]).filter((caption) => caption !== '');

/**
 * Opens sources to be written as one.
 *
 * @throws InvalidInput if there are none, one cannot be opened, or one holds no pictures.
 */
export async function openSources(
  given: readonly (Address | DatasetSpec | Dataset)[],
  onProgress: OnPrepareProgress,
): Promise<Sources> {
  throwFaults([
    given.length === 0 && faultOf('sources', 'at least one', given, 'Name e.g. "folder:photos".'),
  ]);
  const datasets: Dataset[] = [];
  for (const source of given) {
    const isOpen = typeof source === 'object' && 'image' in source;
    datasets.push(
      isOpen ? source : await openDataset(source, (done, total, task) => onProgress(task, done, total)),
    );
  }
  throwFaults(
    datasets.map(
      ({ kind, name }, at) =>
        kind === 'text' &&
        faultOf(`sources.${at}`, 'a source of pictures', name, 'Text alone needs no preparation.'),
    ),
  );
  const starts = datasets.map((_, at) => datasets.slice(0, at).reduce((sum, { length }) => sum + length, 0));
  const hasClasses = datasets.every(({ classNames }) => classNames !== undefined);
  return {
    length: datasets.reduce((sum, { length }) => sum + length, 0),
    fingerprint: digestJson(datasets.map(({ length, fingerprint }) => [length, fingerprint])),
    parts: datasets.map(({ name, length }) => ({ name, length })),
    ...(hasClasses && { classNames: [...new Set(datasets.flatMap(({ classNames }) => classNames!))] }),
    hasGroups: datasets.some(({ group }) => group !== undefined),
    notes: datasets.flatMap(({ name, notes }) => notes.map((note) => `${name}: ${noteSentence(note)}`)),
    at(index) {
      const which = starts.filter((start) => start <= index).length - 1;
      const dataset = datasets[which]!;
      const own = index - starts[which]!;
      const label = hasClasses ? dataset.classNames![dataset.labels![own]!] : undefined;
      const group = dataset.group?.(own);
      return {
        place: dataset.describe(own),
        ...(group !== undefined && { group }),
        ...(label !== undefined && { label }),
        captions: () => captionsAt(dataset, own),
        image: () => dataset.image(own),
        imageBytes: async () => dataset.imageBytes?.(own),
      };
    },
  };
}

/** Examples that are under way or wait to be taken: libuv's pool has four threads. */
const parallel = 8;

/** Does something for the numbers from `from` on and below `count`, several at a time, and gives the results in order. */
export async function* inOrder<Result>(
  from: number,
  count: number,
  work: (at: number) => Promise<Result>,
): AsyncGenerator<readonly [number, Result], void, void> {
  const pending: Promise<Result>[] = [];
  for (let at = from, next = from; at < count; at++) {
    for (; next < Math.min(count, at + parallel); next++) {
      const result = work(next);
      result.catch(() => {}); // thrown below, when its turn comes
      pending.push(result);
    }
    yield [at, await pending.shift()!];
  }
}
