import {
  type FolderSpec,
  type Hdf5Spec,
  type IdxSpec,
  type ParquetSpec,
  type ResolvedFolderSpec,
  resolveFolderSpec,
  resolveHdf5Spec,
  resolveIdxSpec,
  type ResolvedHdf5Spec,
  resolveParquetSpec,
  type ResolvedParquetSpec,
  resolveTableSpec,
  type ResolvedTableSpec,
  resolveTextSpec,
  type ResolvedTextSpec,
  resolveWebdatasetSpec,
  type ResolvedWebdatasetSpec,
  type TableSpec,
  type TextSpec,
  type WebdatasetSpec,
} from '@m3ae/datasets';
import { collectFaults, faultOf, throwFaults } from '@m3ae/errors';
import type {
  EmojiSpec,
  IconSpec,
  ResolvedEmojiSpec,
  ResolvedIconSpec,
  ResolvedSceneSpec,
  SceneSpec,
  WordnetSpec,
} from '@m3ae/sample-datasets/specs';
import { checkedRecord } from './fields.js';
import { specsFor } from './samples.js';

/** What a run decides itself: the part that a source gives. */
type WithoutSplit<Spec> = Omit<Spec, 'split'>;
type CacheOptional<Spec extends { readonly cacheFolder: string }> = Omit<WithoutSplit<Spec>, 'cacheFolder'> &
  Partial<Pick<Spec, 'cacheFolder'>>;

/** Where drawn pictures are kept. */
export const defaultDrawings = { cacheFolder: '.cache/m3ae/emoji' };

/** The schema of a source whose own package checks the options and fills in the defaults. */
const checkedBy = <Input extends { readonly kind: string }, Output>(
  kind: Input['kind'],
  resolve: (spec: Input) => Output,
) => checkedRecord<Input, Output>({ kind }, resolve);

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
export const emojiSource = checkedBy<
  { readonly kind: 'emoji' } & CacheOptional<EmojiSpec>,
  WithoutSplit<ResolvedEmojiSpec>
>('emoji', (spec) => splitless({ ...defaultDrawings, ...spec }, specsFor('emoji').resolveEmojiSpec));

/** Several emoji in a picture. */
export const sceneSource = checkedBy<
  { readonly kind: 'scenes' } & CacheOptional<SceneSpec>,
  WithoutSplit<ResolvedSceneSpec>
>('scenes', (spec) => splitless({ ...defaultDrawings, ...spec }, specsFor('scenes').resolveSceneSpec));

/** Drawings of an icon set. */
export const iconSource = checkedBy<{ readonly kind: 'icons' } & CacheOptional<IconSpec>, ResolvedIconSpec>(
  'icons',
  (spec) => specsFor('icons').resolveIconSpec({ ...defaultDrawings, ...spec }),
);

/** Sentences of WordNet. */
export const wordnetSource = checkedBy<WordnetSpec, WordnetSpec>('wordnet', (spec) =>
  specsFor('wordnet').resolveWordnetSpec(spec),
);

/** What a run keeps apart of a source that has no parts of its own. */
export interface WithShare {
  /** Share of the pictures kept apart, in [0, 1). Default 0.1. */
  readonly validationShare?: number;
}

/** Resolves a spec, and the share that is kept apart of it. */
function withShare<Spec extends WithShare, Resolved>(
  { validationShare = 0.1, ...spec }: Spec,
  resolve: (spec: Omit<Spec, 'validationShare'>) => Resolved,
): Resolved & Required<WithShare> {
  const check = collectFaults();
  const isShare = typeof validationShare === 'number' && validationShare >= 0 && validationShare < 1;
  check.require(isShare, 'validationShare', 'in [0, 1)', validationShare, 'Write one tenth as 0.1.');
  let resolved: Resolved | undefined;
  check.include(() => (resolved = resolve(spec)));
  check.throwIfAny();
  return { ...resolved!, validationShare };
}

/** Pictures in a folder. */
export const folderSource = checkedBy<WithoutSplit<FolderSpec>, WithoutSplit<ResolvedFolderSpec>>(
  'folder',
  (spec) => splitless(spec, resolveFolderSpec),
);

/** Grey pictures in an IDX file, as MNIST has them. */
export const idxSource = checkedBy<IdxSpec & WithShare, IdxSpec & Required<WithShare>>('idx', (spec) =>
  withShare(spec, (own) => resolveIdxSpec(own)),
);

/** Pictures that a CSV, TSV, JSON or COCO file names. */
export const tableSource = checkedBy<TableSpec & WithShare, ResolvedTableSpec & Required<WithShare>>(
  'table',
  (spec) => withShare(spec, (own) => resolveTableSpec(own)),
);

/** Pictures in tar archives. */
export const webdatasetSource = checkedBy<
  WebdatasetSpec & WithShare,
  ResolvedWebdatasetSpec & Required<WithShare>
>('webdataset', (spec) => withShare(spec, (own) => resolveWebdatasetSpec(own)));

/** Pictures in Parquet files. */
export const parquetSource = checkedBy<ParquetSpec & WithShare, ResolvedParquetSpec & Required<WithShare>>(
  'parquet',
  (spec) => withShare(spec, (own) => resolveParquetSpec(own)),
);

/** Pictures, or text alone, in HDF5 files. */
export const hdf5Source = checkedBy<Hdf5Spec & WithShare, ResolvedHdf5Spec & Required<WithShare>>(
  'hdf5',
  (spec) => withShare(spec, (own) => resolveHdf5Spec(own)),
);

/** Text alone in HDF5 files. */
export const hdf5TextSource = checkedBy<Hdf5Spec, ResolvedHdf5Spec>('hdf5', resolveHdf5Spec);

/** Lines or paragraphs of text files. */
export const textSource = checkedBy<TextSpec, ResolvedTextSpec>('text', resolveTextSpec);
