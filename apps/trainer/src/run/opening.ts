import {
  type Dataset,
  type DatasetSpec,
  type DataSplit,
  type OnProgress,
  openTolerant,
  type SplitWords,
  wholeSplit,
} from '@m3ae/datasets';
import { unusable } from '@m3ae/errors';
import type { SampleSpec } from '@m3ae/sample-datasets';
import type { Progress } from '@m3ae/logging';
import { howToInstall, loadSamples } from '../config/samples.js';

/** Anything that a run can read: built-in, in files, or by a module of one's own. */
export type SourceSpec = DatasetSpec | SampleSpec;

/** Shows how many pictures are drawn, and how far a large folder is read. */
export function openingProgress(progress: Progress): OnProgress {
  return (done, total, task) => progress.part(task, done, total);
}

/**
 * The built-in data.
 *
 * @throws InvalidInput with the command that installs them, where they are not.
 */
export async function samples(): Promise<typeof import('@m3ae/sample-datasets')> {
  const found = await loadSamples();
  if (found) return found;
  throw unusable([`The built-in data are a package of their own, which is not installed. ${howToInstall}`]);
}

/** Whether a spec names built-in data. */
function isSample(spec: SourceSpec): spec is SampleSpec {
  return ['emoji', 'scenes', 'icons', 'wordnet'].includes(spec.kind);
}

/**
 * Opens any source: the built-in ones and everybody's own are modules alike, with a function `open`.
 *
 * @param maxBadShare - Share of the files whose server may not answer, where the spec says nothing.
 */
export async function openSource(
  spec: SourceSpec,
  progress: Progress,
  maxBadShare?: number,
): Promise<Dataset> {
  const onProgress = openingProgress(progress);
  if (isSample(spec)) return (await samples()).open(spec, onProgress);
  return openTolerant(spec, { maxBadShare, onProgress });
}

/** Opens all of a source as a split. */
export async function openWhole(spec: SourceSpec, words: SplitWords, progress: Progress): Promise<DataSplit> {
  return wholeSplit(await openSource(spec, progress), words);
}
