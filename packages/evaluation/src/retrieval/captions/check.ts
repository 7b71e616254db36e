import { type Fault, faultOf } from '@m3ae/errors';
import { textParameterFaults } from '../../with-text.js';
import type { CaptionCandidates, CaptionModel, CaptionOptions } from './types.js';

/** What is wrong with candidates for a model. */
export function candidateFaults(
  { config, params, textLength }: CaptionModel,
  { patches, captions, pairs }: CaptionCandidates,
  { groups = 'each' }: CaptionOptions,
): Fault[] {
  const faults = textParameterFaults(params, 'decoder');
  const check = (ok: boolean, ...parts: Parameters<typeof faultOf>) => {
    if (!ok) faults.push(faultOf(...parts));
  };
  const pictures = patches.shape[0]!;
  check(pictures > 0, 'patches', 'at least one picture', 'none', 'Check the part of the data.');
  check(captions.length > 0, 'captions', 'at least one caption', 'none', 'Pass the candidates.');
  const groupsOk = groups === 'each' || (Number.isInteger(groups) && groups >= 1);
  check(groupsOk, 'groups', 'each or a positive integer', groups, 'Take each, or 4 for less work.');
  captions.forEach((ids, at) => {
    const field = `captions[${at}]`;
    check(ids.length > 0, field, 'at least one piece', 'none', 'Leave out empty captions.');
    const fits = ids.length <= textLength;
    check(
      fits,
      field,
      `at most ${textLength} pieces, the text of the model`,
      ids.length,
      'Shorten the caption.',
    );
    const odd = Array.from(ids).find((id) => !(Number.isInteger(id) && id >= 0 && id < config.vocabSize));
    const rule = `ids in [0, ${config.vocabSize})`;
    check(odd === undefined, field, rule, odd, 'Encode it with the vocabulary of the model.');
  });
  pairs?.forEach(([picture, caption], at) => {
    const known = isPlace(picture, pictures) && isPlace(caption, captions.length);
    const rule = `a picture below ${pictures} and a caption below ${captions.length}`;
    check(known, `pairs[${at}]`, rule, `[${picture}, ${caption}]`, 'Count both from 0.');
  });
  return faults;
}

const isPlace = (value: number, count: number) => Number.isInteger(value) && value >= 0 && value < count;
