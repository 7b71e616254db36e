import { type Fault, faultOf, InvalidInput, isInvalidInput, isRecord, throwFaults } from '@m3ae/errors';
import {
  anything,
  checkedBy,
  dictionary,
  examine,
  oneOf,
  record,
  text,
  withDefault,
} from '@m3ae/errors/rules';
import { type FolderSpec, resolveFolderSpec } from './folder/spec.js';
import { resolveIdxSpec } from './idx/open-idx.js';
import { resolveHdf5Spec, resolveParquetSpec, resolveWebdatasetSpec } from './packed-specs.js';
import { validationShareRule } from './spec-rules.js';
import { resolveTableSpec } from './table/open-table.js';
import { resolveTextSpec } from './text/open-text.js';

/**
 * Resolves a spec of which a program chooses the part itself.
 *
 * @throws InvalidInput as `resolve` does, and if the spec says which part.
 */
export function splitless<Spec extends object, Resolved extends { readonly split: unknown }>(
  spec: Spec,
  resolve: (spec: Spec) => Resolved,
): Omit<Resolved, 'split'> {
  if ('split' in spec) {
    throwFaults([faultOf('split', 'left out', spec.split, 'A run takes the parts that it needs.')]);
  }
  const { split: _, ...resolved } = resolve(spec);
  return resolved;
}

/** What is kept apart of a source that has no parts of its own. */
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

const moduleRules = {
  kind: oneOf(['module']),
  module: text('Name a JavaScript module beside the config, e.g. "./my-source.js", or an installed package.'),
  options: withDefault(
    dictionary(anything, { rule: 'a record', remedy: 'Its function open is given them.' }),
    {},
  ),
};

/**
 * The rules of sources of pictures that `openPictureSplits` takes, by their kinds: for `kinds` of `@m3ae/errors/rules`, in a program
 * whose settings name its data. What comes out has every option.
 */
export const pictureSourceRules = {
  folder: checkedBy((spec: Omit<FolderSpec, 'split'>) => splitless(spec, resolveFolderSpec)),
  table: withShare(resolveTableSpec),
  webdataset: withShare(resolveWebdatasetSpec),
  parquet: withShare(resolveParquetSpec),
  hdf5: withShare(resolveHdf5Spec),
  idx: withShare(resolveIdxSpec),
  module: record({ ...moduleRules, validationShare: validationShareRule }),
} as const;

/** The rules of sources of text alone, by their kinds. */
export const textSourceRules = {
  text: checkedBy(resolveTextSpec),
  hdf5: checkedBy(resolveHdf5Spec),
  module: record(moduleRules),
} as const;

/**
 * Opens a source that a section of settings names. What is wrong with a setting of it is told by the path that a person types; a file
 * or a folder keeps its own.
 *
 * @param section - E.g. `data.extra.0`.
 * @param spec - The section, as it was given.
 * @throws InvalidInput as `open` does.
 *
 * @example
 * ```ts
 * const spec = { kind: 'folder', path: 'photos', validationShare: 2 } as const;
 * await placeSpecFaults('data.source', spec, () => openDataset(spec)); // data.source.validationShare must be in [0, 1) …
 * ```
 */
export async function placeSpecFaults<Opened>(
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
