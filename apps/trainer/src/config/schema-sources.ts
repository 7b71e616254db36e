import {
  type FolderSpec,
  type Hdf5Spec,
  type IdxSpec,
  type ParquetSpec,
  resolveFolderSpec,
  resolveHdf5Spec,
  resolveIdxSpec,
  resolveParquetSpec,
  resolveTableSpec,
  resolveTextSpec,
  resolveWebdatasetSpec,
  type TableSpec,
  validationShareRule,
  type WebdatasetSpec,
} from '@m3ae/datasets';
import { faultOf, throwFaults } from '@m3ae/errors';
import { checkedBy, examine, record } from '@m3ae/errors/rules';
import type { EmojiSpec, IconSpec, SceneSpec, WordnetSpec } from '@m3ae/sample-datasets/specs';
import { specsFor } from './samples.js';

/** What a run decides itself: the part that a source gives. */
type WithoutSplit<Spec> = Omit<Spec, 'split'>;
type CacheOptional<Spec extends { readonly cacheFolder: string }> = Omit<Spec, 'split' | 'cacheFolder'> &
  Partial<Pick<Spec, 'cacheFolder'>>;

/** Where drawn pictures are kept. */
export const defaultDrawings = { cacheFolder: '.cache/m3ae/emoji' };

/** Resolves a spec whose part the run chooses. */
function splitless<Spec extends object, Resolved extends { readonly split: unknown }>(
  spec: Spec,
  resolve: (spec: Spec) => Resolved,
): WithoutSplit<Resolved> {
  if ('split' in spec) {
    throwFaults([faultOf('split', 'left out', spec.split, 'A run takes the parts that it needs.')]);
  }
  const { split: _, ...resolved } = resolve(spec);
  return resolved;
}

/** Pictures of emoji. */
export const emojiSource = checkedBy((spec: CacheOptional<EmojiSpec>) =>
  splitless({ ...defaultDrawings, ...spec }, specsFor('emoji').resolveEmojiSpec),
);

/** Several emoji in a picture. */
export const sceneSource = checkedBy((spec: CacheOptional<SceneSpec>) =>
  splitless({ ...defaultDrawings, ...spec }, specsFor('scenes').resolveSceneSpec),
);

/** Drawings of an icon set. */
export const iconSource = checkedBy((spec: CacheOptional<IconSpec>) =>
  specsFor('icons').resolveIconSpec({ ...defaultDrawings, ...spec }),
);

/** Sentences of WordNet. */
export const wordnetSource = checkedBy((spec: WordnetSpec) => specsFor('wordnet').resolveWordnetSpec(spec));

/** What a run keeps apart of a source that has no parts of its own. */
export interface WithShare {
  /** Share of the pictures kept apart, in [0, 1). Default 0.1. */
  readonly validationShare?: number;
}

const shareRule = record({ validationShare: validationShareRule });

/** Resolves a spec, and the share that is kept apart of it. */
const withShare = <Spec, Resolved>(resolve: (spec: Spec) => Resolved) =>
  checkedBy(({ validationShare, ...spec }: Spec & WithShare): Resolved & Required<WithShare> => {
    const { value, faults } = examine(shareRule, { validationShare });
    const own = checkedBy(resolve);
    const { value: resolved, faults: others } = examine(own, spec);
    throwFaults([...faults, ...others]);
    return { ...resolved, ...value };
  });

/** Pictures in a folder. */
export const folderSource = checkedBy((spec: WithoutSplit<FolderSpec>) => splitless(spec, resolveFolderSpec));

/** Grey pictures in an IDX file, as MNIST has them. */
export const idxSource = withShare((spec: IdxSpec) => resolveIdxSpec(spec));

/** Pictures that a CSV, TSV, JSON or COCO file names. */
export const tableSource = withShare((spec: TableSpec) => resolveTableSpec(spec));

/** Pictures in tar archives. */
export const webdatasetSource = withShare((spec: WebdatasetSpec) => resolveWebdatasetSpec(spec));

/** Pictures in Parquet files. */
export const parquetSource = withShare((spec: ParquetSpec) => resolveParquetSpec(spec));

/** Pictures, or text alone, in HDF5 files. */
export const hdf5Source = withShare((spec: Hdf5Spec) => resolveHdf5Spec(spec));

/** Text alone in HDF5 files. */
export const hdf5TextSource = checkedBy(resolveHdf5Spec);

/** Lines or paragraphs of text files. */
export const textSource = checkedBy(resolveTextSpec);
