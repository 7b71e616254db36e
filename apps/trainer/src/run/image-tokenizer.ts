import { invalidField, isInvalidInput, messageOf, unusable } from '@m3ae/errors';
import {
  createImageTokenizer,
  type ImageTokenizer,
  type ImageTokenizerLayout,
  likeliestCodes,
  type RunTokenizer,
  withCodebook,
} from '@m3ae/tasks';
import type { NdArray } from '@m3ae/tree';
import type { TrainerConfig } from '../config/schema.js';
import { useCodebook } from './codebook-file.js';
import type { ChannelStatistics } from '@m3ae/preprocess';

/** One half of a tokenizer: a file, and what is fed and fetched. */
interface Half {
  readonly model: string;
  readonly input?: string;
  readonly output?: string;
}

/** Runs an ONNX file of one input that counts; it is opened at first use. */
function onnxRunner({ model, input, output }: Half, path: string): RunTokenizer {
  const open = async () => {
    const { InferenceSession, Tensor } = await import('onnxruntime-node');
    try {
      const session = await InferenceSession.create(model);
      const { inputNames, inputMetadata, outputNames } = session;
      const named = (name: string | undefined, names: readonly string[], field: string) => {
        if (name === undefined || names.includes(name)) return name ?? names[0]!;
        throw new Error(`${path}.${field} must be one of ${names.join(', ')}; received ${name}`);
      };
      const fed = named(input, inputNames, 'input');
      const metadata = inputMetadata.find(({ name }) => name === fed);
      const type = metadata?.isTensor ? metadata.type : 'float32';
      return { session, Tensor, fed, fetched: named(output, outputNames, 'output'), type };
    } catch (error) {
      throw unusable(
        `${path}.model must be an ONNX file: ${model}: ${messageOf(error)}. Export it again, or mend the names.`,
        {
          cause: error,
        },
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

type Tokenizer = NonNullable<TrainerConfig['image']['tokenizer']>;

/** What makes codes of pictures and pictures of codes: the files themselves, or with a code book between them. */
function halvesOf({
  tokenizer,
  layout,
  report,
}: {
  readonly tokenizer: Tokenizer;
  readonly layout: ImageTokenizerLayout;
  readonly report: boolean;
}) {
  const { codes, codebook, decoder } = tokenizer;
  const halves = {
    encode: onnxRunner(tokenizer, 'image.tokenizer'),
    ...(decoder && { decode: onnxRunner(decoder, 'image.tokenizer.decoder') }),
  };
  if (codebook === undefined) return halves;
  let made: ReturnType<typeof withCodebook> | undefined;
  const use = (forPictures: boolean) => {
    made ??= withCodebook(
      { ...halves, takes: decoder?.takes },
      useCodebook(codebook, codes, (table) => table.read()),
      layout,
    );
    if (!forPictures || made.decode) return made;
    const rule = 'there, as the entries of the code book are no patches';
    const remedy = 'Name its file, or set report.enabled to false.';
    throw invalidField('image.tokenizer.decoder', rule, 'nothing', remedy);
  };
  return {
    encode: async (pictures: NdArray) => use(report).encode(pictures),
    decode: async (ids: NdArray) => use(true).decode!(ids),
  };
}

/**
 * The tokenizer whose codes a config predicts instead of pixels; nothing where it predicts pixels. Its files are opened when
 * the first picture is encoded or decoded.
 */
export function imageTokenizerOf(
  { image, report }: Pick<TrainerConfig, 'image' | 'report'>,
  { mean, std }: ChannelStatistics,
): ImageTokenizer | undefined {
  const { tokenizer, size, patchSize } = image;
  if (tokenizer === undefined) return undefined;
  const { codes, axes, range } = tokenizer;
  const layout = { size, patchSize, mean, std, codes, axes, range };
  return createImageTokenizer(halvesOf({ tokenizer, layout, report: report.enabled }), layout);
}

/**
 * Decodes one picture of code 0, as the report is to, so that a decoder that takes something else is refused before the training.
 *
 * @throws InvalidInput naming the setting that does not fit.
 */
export async function tryDecoder(
  config: Pick<TrainerConfig, 'image' | 'report'>,
  statistics: ChannelStatistics,
): Promise<void> {
  const { tokenizer: { decoder, codebook } = {}, size, patchSize } = config.image;
  if (decoder === undefined) return;
  const patches = (size / patchSize) ** 2;
  try {
    await imageTokenizerOf(config, statistics)!.decode({
      shape: [1, patches],
      data: new Int32Array(patches),
    });
  } catch (error) {
    if (isInvalidInput(error)) throw error;
    const { model, takes = 'codes' } = decoder;
    const refused = `which it refuses: ${messageOf(error)}`;
    if (codebook === undefined) {
      const rule = 'a decoder of ids [batch, rows, columns]';
      const remedy =
        "Export it again; of one that takes vectors name image.tokenizer.codebook and set image.tokenizer.decoder.takes to 'vectors'.";
      throw invalidField('image.tokenizer.decoder.model', rule, `${model}, ${refused}`, remedy);
    }
    const other = takes === 'codes' ? 'vectors' : 'codes';
    const rule = `what ${model} takes`;
    const remedy = `Set it to '${other}', or export the decoder again.`;
    throw invalidField('image.tokenizer.decoder.takes', rule, `'${takes}', ${refused}`, remedy);
  }
}

/** What makes patches of the codes that a model predicts; nothing where it predicts pixels, or codes without a decoder. */
export function patchesOfCodes(
  config: Pick<TrainerConfig, 'image' | 'report'>,
  statistics: ChannelStatistics,
): ((logits: NdArray) => Promise<NdArray>) | undefined {
  const tokenizer = imageTokenizerOf(config, statistics);
  return tokenizer && ((logits) => tokenizer.decode(likeliestCodes(logits)));
}
