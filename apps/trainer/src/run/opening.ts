import { type Dataset, type DatasetSpec, type OnProgress, openDataset } from '@m3ae/datasets';
import { type Fault, InvalidInput, isInvalidInput, isRecord, unusable } from '@m3ae/errors';
import type { SampleSpec } from '@m3ae/sample-datasets';
import type { Progress } from '@m3ae/logging';
import { howToInstall, loadSamples } from '../config/samples.js';
import { type DataSplit, type SplitWords, wholeSplit } from '@m3ae/evaluation/model';

/** Anything that a run can read: built-in, in files, or by a module of one's own. */
export type SourceSpec = DatasetSpec | SampleSpec;

/** Pictures that a run learns from and is measured on. */
export interface PictureSources {
  /** What is trained on: the source and every extra one, joined. */
  readonly train: DataSplit;
  /**
   * Training pictures with classes, for probes: `train`, unless it is joined or composed of several; null where the
   * pictures have no classes.
   */
  readonly labeled: DataSplit | null;
  /** For the loss at checkpoints and for choosing; null where the source is too small to spare any. */
  readonly validation: DataSplit | null;
  /** For the final figures and the gallery. */
  readonly tests: readonly DataSplit[];
}

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
 * Opens a source that a section of a config names. What is wrong with a setting of it is told by the path that the user types; a file
 * or a folder keeps its own.
 *
 * @param section - E.g. `data.extra.0`.
 * @throws InvalidInput as `open` does.
 */
export async function inSection<Opened>(
  section: string,
  spec: object,
  open: () => Opened | Promise<Opened>,
): Promise<Opened> {
  try {
    return await open();
  } catch (error) {
    if (!isInvalidInput(error) || error.head !== undefined) throw error; // a head says of what
    const options = 'options' in spec && isRecord(spec.options) ? spec.options : {};
    const placed = (fault: Fault): Fault => {
      const [name = ''] = fault.path.split('.');
      // What a module says of its own options is told of them.
      const place = Object.hasOwn(spec, name)
        ? section
        : Object.hasOwn(options, name)
          ? `${section}.options`
          : undefined;
      return place === undefined ? fault : { ...fault, path: `${place}.${fault.path}` };
    };
    throw new InvalidInput(error.faults.map(placed), { cause: error });
  }
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
  const told = openingProgress(progress);
  if (isSample(spec)) return (await samples()).open(spec, told);
  const mayMiss = spec.kind === 'webdataset' || spec.kind === 'parquet';
  return openDataset(mayMiss && maxBadShare !== undefined ? { maxBadShare, ...spec } : spec, told);
}

/** Opens all of a source as a split. */
export async function openWhole(spec: SourceSpec, words: SplitWords, progress: Progress): Promise<DataSplit> {
  return wholeSplit(await openSource(spec, progress), words);
}
