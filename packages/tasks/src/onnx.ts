import type { ChannelStatistics } from '@m3ae/preprocess';
import type { NdArray } from '@m3ae/tree';
import { likeliestCodes } from './codebook.js';
import type { ImageTokenizer } from './image-tokenizer.js';
import type { TokenizerSettings } from './method-checks.js';
import { openImageTokenizer, tryDecoder } from './onnx/tokenizer-files.js';

/** What opens the tokenizer whose codes a config predicts instead of pixels; nothing where it predicts pixels. */
function openingOf({ image, report }: TokenizerSettings, { mean, std }: ChannelStatistics) {
  const { tokenizer, size, patchSize } = image;
  if (tokenizer === undefined) return undefined;
  const { codes, axes, range, ...files } = tokenizer;
  const layout = { size, patchSize, mean, std, codes, axes, range };
  return [files, layout, { path: 'image.tokenizer', decodes: report.enabled }] as const;
}

/**
 * The tokenizer whose codes a config predicts instead of pixels. Its files are opened when the first picture is encoded or decoded.
 *
 * @param statistics - What the pictures are normalized by, of each channel.
 * @returns undefined where the config predicts pixels.
 * @throws InvalidInput naming the setting that does not fit.
 *
 * @example
 * ```ts
 * const files = { model: 'encoder.onnx', codes: 1024, axes: 'nchw', range: [0, 1] } as const;
 * const image = { size: 256, patchSize: 16, tokenizer: files };
 * const tokenizer = imageTokenizerOf({ image, report: { enabled: false } }, { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] });
 * ```
 */
export function imageTokenizerOf(
  config: TokenizerSettings,
  statistics: ChannelStatistics,
): ImageTokenizer | undefined {
  const opening = openingOf(config, statistics);
  return opening && openImageTokenizer(...opening);
}

/**
 * Decodes one picture as the report is to, so that a decoder that does not fit is refused before the training. Nothing where the config
 * predicts pixels.
 *
 * @throws InvalidInput naming the setting that does not fit.
 */
export async function checkImageTokenizer(
  config: TokenizerSettings,
  statistics: ChannelStatistics,
): Promise<void> {
  const opening = openingOf(config, statistics);
  if (opening !== undefined) await tryDecoder(...opening);
}

/**
 * What makes patches of the codes that a model predicts.
 *
 * @returns A function of logits [batch, patches, codes], whose patches are normalized; undefined where the config predicts pixels.
 */
export function patchesOfCodes(
  config: TokenizerSettings,
  statistics: ChannelStatistics,
): ((logits: NdArray) => Promise<NdArray>) | undefined {
  const tokenizer = imageTokenizerOf(config, statistics);
  return tokenizer && ((logits) => tokenizer.decode(likeliestCodes(logits)));
}

export { type CodebookFile, codesOfBook } from './onnx/codebook-file.js';
export {
  type ImageTokenizerFiles,
  openImageTokenizer,
  type OpenTokenizerOptions,
  type TokenizerFile,
  tryDecoder,
} from './onnx/tokenizer-files.js';
