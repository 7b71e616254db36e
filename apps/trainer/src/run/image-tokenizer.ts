import { createImageTokenizer, type ImageTokenizer, likeliestCodes, type RunTokenizer } from '@m3ae/tasks';
import { messageOf, unusable } from '@m3ae/errors';
import type { NdArray } from '@m3ae/tree';
import type { TrainerConfig } from '../config/schema.js';
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
    return { shape: [...result!.dims], data: Float32Array.from(result!.data as ArrayLike<number>, Number) };
  };
}

/**
 * The tokenizer whose codes a config predicts instead of pixels; nothing where it predicts pixels. Its files are opened when
 * the first picture is encoded or decoded.
 */
export function imageTokenizerOf(
  { image }: Pick<TrainerConfig, 'image'>,
  { mean, std }: ChannelStatistics,
): ImageTokenizer | undefined {
  const { tokenizer, size, patchSize } = image;
  if (tokenizer === undefined) return undefined;
  const { codes, axes, range, decoder } = tokenizer;
  return createImageTokenizer(
    {
      encode: onnxRunner(tokenizer, 'image.tokenizer'),
      ...(decoder && { decode: onnxRunner(decoder, 'image.tokenizer.decoder') }),
    },
    { size, patchSize, mean, std, codes, axes, range },
  );
}

/** What makes patches of the codes that a model predicts; nothing where it predicts pixels, or codes without a decoder. */
export function patchesOfCodes(
  config: Pick<TrainerConfig, 'image'>,
  statistics: ChannelStatistics,
): ((logits: NdArray) => Promise<NdArray>) | undefined {
  const tokenizer = imageTokenizerOf(config, statistics);
  return tokenizer && ((logits) => tokenizer.decode(likeliestCodes(logits)));
}
