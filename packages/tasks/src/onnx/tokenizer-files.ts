import {
  invalidField,
  isInvalidInput,
  messageOf,
  prefixFaults,
  requireOptions,
  unusable,
} from '@m3ae/errors';
import type { NdArray } from '@m3ae/tree';
import { withCodebook } from '../codebook.js';
import {
  createImageTokenizer,
  type ImageTokenizer,
  type ImageTokenizerLayout,
  type RunTokenizer,
} from '../image-tokenizer.js';
import { type CodebookFile, useCodebook } from './codebook-file.js';

/** One half of a tokenizer: an ONNX file, and what is fed and fetched where it has several inputs or outputs. */
export interface TokenizerFile {
  readonly model: string;
  readonly input?: string;
  readonly output?: string;
}

/** The files of an image tokenizer. The half itself makes codes of pictures. */
export interface ImageTokenizerFiles extends TokenizerFile {
  /** Turns vectors into codes, for halves that work with vectors. */
  readonly codebook?: CodebookFile;
  /** Makes pictures of codes, or with `takes` `'vectors'` of the vectors that stand for them. */
  readonly decoder?: TokenizerFile & { readonly takes?: 'codes' | 'vectors' };
}

/** How {@link openImageTokenizer} is told. */
export interface OpenTokenizerOptions {
  /** Put before the paths of faults, e.g. `image.tokenizer`. Default: nothing. */
  readonly path?: string;
  /** Whether pictures are made of codes, so that a half which cannot is refused at once. Default true. */
  readonly decodes?: boolean;
}

const below = (path: string, name: string) => (path === '' ? name : `${path}.${name}`);

/** Runs an ONNX file of one input that counts; it is opened at first use. */
function onnxRunner({ model, input, output }: TokenizerFile, path: string): RunTokenizer {
  const open = async () => {
    const { InferenceSession, Tensor } = await import('onnxruntime-node');
    try {
      const session = await InferenceSession.create(model);
      const { inputNames, inputMetadata, outputNames } = session;
      const named = (name: string | undefined, names: readonly string[], field: string) => {
        if (name === undefined || names.includes(name)) return name ?? names[0]!;
        throw new Error(`${below(path, field)} must be one of ${names.join(', ')}; received ${name}`);
      };
      const fed = named(input, inputNames, 'input');
      const metadata = inputMetadata.find(({ name }) => name === fed);
      const type = metadata?.isTensor ? metadata.type : 'float32';
      return { session, Tensor, fed, fetched: named(output, outputNames, 'output'), type };
    } catch (error) {
      throw unusable(
        `${below(path, 'model')} must be an ONNX file: ${model}: ${messageOf(error)}. Export it again, or mend the names.`,
        { cause: error },
      );
    }
  };
  let opened: ReturnType<typeof open> | undefined;
  return async ({ shape, data }) => {
    const { session, Tensor, fed, fetched, type } = await (opened ??= open());
    const dims = [...shape];
    const value =
      type === 'int64'
        ? new Tensor('int64', BigInt64Array.from(data, BigInt), dims)
        : type === 'int32'
          ? new Tensor('int32', Int32Array.from(data), dims)
          : new Tensor('float32', Float32Array.from(data), dims);
    const { [fetched]: result } = await session.run({ [fed]: value });
    return { shape: [...result!.dims], data: Float32Array.from(result!.data, Number) };
  };
}

/** What makes codes of pictures and pictures of codes: the files themselves, or with a code book between them. */
function halvesOf(
  files: ImageTokenizerFiles,
  layout: ImageTokenizerLayout,
  { path = '', decodes = true }: OpenTokenizerOptions,
) {
  const { codebook, decoder } = files;
  const halves = {
    encode: onnxRunner(files, path),
    ...(decoder && { decode: onnxRunner(decoder, below(path, 'decoder')) }),
  };
  if (codebook === undefined) return halves;
  let made: ReturnType<typeof withCodebook> | undefined;
  const use = (forPictures: boolean) => {
    made ??= withCodebook(
      { ...halves, takes: decoder?.takes },
      prefixFaults(below(path, 'codebook'), () =>
        useCodebook(codebook, layout.codes, (table) => table.read()),
      ),
      layout,
    );
    if (!forPictures || made.decode) return made;
    const rule = 'there, as the entries of the code book are no patches';
    const remedy = 'Name its file, or make no pictures: a run without a report needs none.';
    throw invalidField(below(path, 'decoder'), rule, 'nothing', remedy);
  };
  return {
    encode: async (pictures: NdArray) => use(decodes).encode(pictures),
    decode: async (ids: NdArray) => use(true).decode!(ids),
  };
}

/**
 * The image tokenizer of some ONNX files, such as that of MaskGIT or DALL-E, whose codes a model predicts instead of pixels. The files
 * are opened when the first picture is encoded or decoded; what does not fit is an error then.
 *
 * @throws InvalidInput if an option is unknown, or the layout has a fault.
 *
 * @example
 * ```ts
 * const layout = { size: 256, patchSize: 16, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], codes: 1024 };
 * const tokenizer = openImageTokenizer({ model: 'encoder.onnx', decoder: { model: 'decoder.onnx' } }, layout);
 * const loader = withCodes(createLoader(photos, options), tokenizer);
 * ```
 */
export function openImageTokenizer(
  files: ImageTokenizerFiles,
  layout: ImageTokenizerLayout,
  options: OpenTokenizerOptions = {},
): ImageTokenizer {
  requireOptions(files, ['model', 'input', 'output', 'codebook', 'decoder'], 'Give model, an ONNX file.');
  requireOptions(options, ['path', 'decodes'], 'Leave them out.');
  return createImageTokenizer(halvesOf(files, layout, options), layout);
}

/**
 * Decodes one picture of code 0, so that a decoder that takes something else is refused before a training.
 *
 * @throws InvalidInput naming the option that does not fit.
 */
export async function tryDecoder(
  files: ImageTokenizerFiles,
  layout: ImageTokenizerLayout,
  options: OpenTokenizerOptions = {},
): Promise<void> {
  const { decoder, codebook } = files;
  if (decoder === undefined) return;
  const patches = (layout.size / layout.patchSize) ** 2;
  try {
    const codes = { shape: [1, patches], data: new Int32Array(patches) };
    await openImageTokenizer(files, layout, options).decode(codes);
  } catch (error) {
    if (isInvalidInput(error)) throw error;
    const at = below(options.path ?? '', 'decoder');
    const { model, takes = 'codes' } = decoder;
    const refused = `which it refuses: ${messageOf(error)}`;
    if (codebook === undefined) {
      const rule = 'a decoder of ids [batch, rows, columns]';
      const remedy = `Export it again; of one that takes vectors name ${below(options.path ?? '', 'codebook')} and set ${at}.takes to 'vectors'.`;
      throw invalidField(`${at}.model`, rule, `${model}, ${refused}`, remedy);
    }
    const other = takes === 'codes' ? 'vectors' : 'codes';
    const remedy = `Set it to '${other}', or export the decoder again.`;
    throw invalidField(`${at}.takes`, `what ${model} takes`, `'${takes}', ${refused}`, remedy);
  }
}
