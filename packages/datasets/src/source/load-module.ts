import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { collectFaults, invalidField, isInvalidInput, messageOf, unusable } from '@m3ae/errors';
import { anything, checkOptions, dictionary, record, text, withDefault } from '@m3ae/errors/rules';
import { createDataset, stateOf } from '../create-dataset.js';
import type { ContentReader, Dataset, OnProgress } from '../dataset.js';
import { kindRule } from '../spec-rules.js';
import type { DatasetState, ModuleContent } from '../state.js';

/** A data source of anybody's: a module whose `open` gives the examples. */
export interface ModuleSpec {
  readonly kind: 'module';
  /**
   * The module: a path, which counts from the folder that the program runs in, a `file:` address, or the name of an
   * installed package. Worker threads import it too.
   */
  readonly module: string;
  /** What its `open` is given; plain data. Default `{}`. */
  readonly options?: object;
}

/** What a module of a data source exports. */
export interface SourceModule {
  /**
   * Opens the examples. The same options must give the same examples, in every thread: where there are workers, each
   * calls it once more, unless the dataset carries its own state (as what `openDataset` and `createListDataset` make).
   */
  open(options: object, onProgress?: OnProgress): SourceDataset | Promise<SourceDataset>;
}

/** A {@link Dataset} as a module may give it: what is odd and what examples are called can be left out. */
export type SourceDataset = Omit<Dataset, 'notes' | 'describe'> &
  Partial<Pick<Dataset, 'notes' | 'describe'>>;

const moduleRule = record({
  kind: kindRule('module'),
  module: text('Write e.g. "./my-source.js".', 'a path or the name of a package'),
  options: withDefault(
    dictionary(anything, { rule: 'a record', remedy: 'Write e.g. { count: 100 }, or leave it out.' }),
    {},
  ),
});

/**
 * Opens the data source of a module.
 *
 * @throws InvalidInput if the module is not there or exports no `open`, if what it gives is no dataset, or whatever
 * `open` throws.
 */
export async function openModuleSpec(spec: ModuleSpec, onProgress?: OnProgress): Promise<Dataset> {
  const { module, options } = checkOptions(moduleRule, spec);
  return openModule(addressOf(module), options, onProgress);
}

/** Opens in a worker thread what was opened elsewhere. */
export async function reopenModule(
  { module, options }: { readonly module: string; readonly options: object },
  { name, fingerprint }: DatasetState,
): Promise<ContentReader> {
  const dataset = await openModule(module, options);
  if (dataset.fingerprint === fingerprint) return dataset;
  throw unusable(
    `${module} must open the same examples in every thread; for ${name} it gave another fingerprint. Let it depend on its options alone.`,
  );
}

/** The reader of content that a module reads. */
export async function readerOfModule({ module, data }: ModuleContent, name: string): Promise<ContentReader> {
  const loaded: { readerOf(data: unknown, name: string): ContentReader } = await import(module);
  return loaded.readerOf(data, name);
}

async function openModule(address: string, options: object, onProgress?: OnProgress): Promise<Dataset> {
  const loaded = await load(address);
  const { open } = typeof loaded.open === 'function' ? loaded : (loaded.default ?? {});
  if (typeof open !== 'function') {
    const rule = 'a module that exports a function open(options)';
    throw invalidField('module', rule, address, 'Write: export async function open(options) { … }');
  }
  const made = await open(options, onProgress);
  refuseNoDataset(made, address);
  if (stateOf(made as Dataset)) return made as Dataset;
  const { name, kind, length, fingerprint, labels, classNames, notes = [] } = made;
  const reader: ContentReader = {
    caption: (index) => made.caption(index),
    ...(made.drawCaption && { drawCaption: (index, key) => made.drawCaption!(index, key) }),
    ...(made.captions && { captions: (index) => made.captions!(index) }),
    image: (index) => made.image(index),
    ...(made.imageBytes && { imageBytes: (index) => made.imageBytes!(index) }),
    describe: (index) => made.describe?.(index) ?? `${name} ${index + 1}`,
    ...(made.group && { group: (index) => made.group!(index) }),
    ...(made.file && { file: (index) => made.file!(index) }),
  };
  const facts = { name, kind, length, fingerprint, labels, classNames, notes };
  return createDataset(facts, reader, { type: 'reopened', module: address, options });
}

type Loaded = Partial<SourceModule> & { readonly default?: Partial<SourceModule> };

async function load(address: string): Promise<Loaded> {
  try {
    return (await import(address)) as Loaded;
  } catch (error) {
    if (isInvalidInput(error)) throw error;
    throw unusable(`The module ${address} cannot be loaded: ${messageOf(error)}`, { cause: error });
  }
}

function refuseNoDataset(
  made: Partial<SourceDataset> | undefined,
  address: string,
): asserts made is SourceDataset {
  const check = collectFaults();
  const { name, kind, length, fingerprint, labels, caption, image } = made ?? {};
  const remedy = `Let open of ${address} give it.`;
  const isText = (value: unknown) => typeof value === 'string' && value !== '';
  check.require(isText(name), 'name', 'a text', name, remedy);
  const kinds = ['paired', 'image', 'text'];
  check.require(kinds.includes(kind!), 'kind', '"paired", "image" or "text"', kind, remedy);
  check.require(Number.isInteger(length) && length! > 0, 'length', 'a positive integer', length, remedy);
  check.require(
    isText(fingerprint),
    'fingerprint',
    'a text that changes with the examples',
    fingerprint,
    remedy,
  );
  const fits = labels === undefined || (labels instanceof Int32Array && labels.length === length);
  check.require(fits, 'labels', 'an Int32Array of one class an example, or nothing', labels, remedy);
  for (const [field, value] of Object.entries({ caption, image }))
    check.require(typeof value === 'function', field, 'a function of an index', value, remedy);
  check.throwIfAny(`The module ${address} gave no dataset`);
}

/** The address of a module as every thread can import it. */
function addressOf(module: string): string {
  if (module.startsWith('file:')) return module;
  if (/^\.{0,2}[\\/]/.test(module) || isAbsolute(module)) return pathToFileURL(resolve(module)).href;
  // With linked packages, what the program depends on is visible from its folder and not from this package.
  for (const from of [join(process.cwd(), 'package.json'), import.meta.url]) {
    try {
      return pathToFileURL(createRequire(from).resolve(module)).href;
    } catch {
      // Not visible from there: try the next place.
    }
  }
  const remedy = `Install it, or write a path, e.g. "./${module}".`;
  throw invalidField('module', 'a file or an installed package', module, remedy);
}
