import { checkOptions, examine, optional, record } from '@m3ae/errors/rules';
import { expect, test } from 'vitest';
import { imageMaskingRule, imageTokenizerRule, textMaskingRule } from '../src/index.js';

const rules = record({
  image: imageMaskingRule,
  text: textMaskingRule,
  tokenizer: optional(imageTokenizerRule),
});
const random = { strategy: 'random' } as const;

test('strategies come out with their options, a tokenizer with its defaults', () => {
  const read = checkOptions(rules, {
    image: { strategy: 'block', minBlock: 4 },
    text: { strategy: 'corrupt', maskShare: 0.7 },
    tokenizer: { model: 'encoder.onnx', codes: 1024, decoder: { model: 'decoder.onnx' } },
  });
  expect(read.image).toMatchObject({ strategy: 'block', minBlock: 4 });
  expect(read.text).toEqual({ strategy: 'corrupt', maskShare: 0.7, randomShare: 0.1 }); // BERT's 0.1
  expect(read.tokenizer).toMatchObject({ axes: 'nchw', range: [0, 1], decoder: { takes: 'codes' } });
});

test.each([
  [{ image: { strategy: 'span' }, text: random }, 'image'],
  [{ image: random, text: { strategy: 'block' } }, 'text'],
  [{ image: random, text: { strategy: 'corrupt', maskShare: 2 } }, 'text.maskShare'],
  [{ image: random, text: random, tokenizer: { model: 'a', codes: 2e6 } }, 'tokenizer.codes'],
  [{ image: random, text: random, tokenizer: { model: 'a', codes: 2, range: [0] } }, 'tokenizer.range'],
])('%j is refused at %s', (value, path) => {
  expect(examine(rules, value).faults.map((fault) => fault.path)).toEqual([
    expect.stringMatching(`^${path}`),
  ]);
});
