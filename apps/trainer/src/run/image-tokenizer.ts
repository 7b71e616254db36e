import type { ChannelStatistics } from '@m3ae/preprocess';
import { type ImageTokenizer, likeliestCodes } from '@m3ae/tasks';
import { openImageTokenizer, tryDecoder } from '@m3ae/tasks/onnx';
import type { NdArray } from '@m3ae/tree';
import type { TrainerConfig } from '../config/schema.js';

/** What of a config rules its image tokenizer. */
type CodedConfig = Pick<TrainerConfig, 'image' | 'report'>;

/** What opens the tokenizer whose codes a config predicts instead of pixels; nothing where it predicts pixels. */
function openingOf({ image, report }: CodedConfig, { mean, std }: ChannelStatistics) {
  const { tokenizer, size, patchSize } = image;
  if (tokenizer === undefined) return undefined;
  const { codes, axes, range, ...files } = tokenizer;
  const layout = { size, patchSize, mean, std, codes, axes, range };
  return [files, layout, { path: 'image.tokenizer', decodes: report.enabled }] as const;
}

/** The tokenizer whose codes a config predicts instead of pixels; nothing where it predicts pixels. */
export function imageTokenizerOf(
  config: CodedConfig,
  statistics: ChannelStatistics,
): ImageTokenizer | undefined {
  const opening = openingOf(config, statistics);
  return opening && openImageTokenizer(...opening);
}

/**
 * Decodes one picture as the report is to, so that a decoder that does not fit is refused before the training.
 *
 * @throws InvalidInput naming the setting that does not fit.
 */
export async function checkImageTokenizer(config: CodedConfig, statistics: ChannelStatistics): Promise<void> {
  const opening = openingOf(config, statistics);
  if (opening !== undefined) await tryDecoder(...opening);
}

/** What makes patches of the codes that a model predicts; nothing where it predicts pixels. */
export function patchesOfCodes(
  config: CodedConfig,
  statistics: ChannelStatistics,
): ((logits: NdArray) => Promise<NdArray>) | undefined {
  const tokenizer = imageTokenizerOf(config, statistics);
  return tokenizer && ((logits) => tokenizer.decode(likeliestCodes(logits)));
}
