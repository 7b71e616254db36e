import { key } from '@m3ae/random';
import { resolveClassifierConfig, resolveClipConfig, resolveM3aeConfig } from '@m3ae/transformer';
import { expect, test } from 'vitest';
import { faultsOf } from '../../errors/test/faults-of.js';
import { nativeErrors } from '../../errors/test/wrong-arguments.js';
import { clip, createImageTokenizer, m3ae, mae, supervised } from '../src/index.js';

const sizes = { embedDim: 8, depth: 1, heads: 2, decoderDim: 8, decoderDepth: 1, decoderHeads: 2 };
const model = resolveM3aeConfig({ ...sizes, vocabSize: 9 });
const pair = resolveClipConfig(sizes, { textTower: { length: 3 } });
const classifier = resolveClassifierConfig(sizes, { classes: 3 });
const layout = { size: 8, patchSize: 4, mean: [0, 0, 0], std: [1, 1, 1], codes: 4 };
const encode = async () => ({ shape: [1, 4], data: Float32Array.of(0, 1, 2, 2.7) });

test.each<[string, (...args: never[]) => unknown, unknown[]]>([
  ['m3ae', m3ae, [{ model, image: { maskRatio: 0.5 }, text: {}, loss: {}, maskScope: 'batch' }]],
  ['mae', mae, [{ model, image: { maskRatio: 0.5 }, loss: {}, decay: 'reference' }]],
  ['clip', clip, [{ model: pair, decay: 'reference' }]],
  ['supervised', supervised, [{ model: classifier, augment: {}, recompute: 'none' }]],
  ['createImageTokenizer', createImageTokenizer, [{ encode }, layout]],
])('%s refuses arguments of a wrong kind by name', (_, fn, args) => {
  expect(() => fn(...(args as never[]))).not.toThrow();
  expect(nativeErrors(fn, args)).toEqual([]);
});

test.each([
  [{ imge: {} }, { path: 'imge', remedy: 'Did you mean image?' }],
  [{ image: { maskRation: 0.5 } }, { path: 'image.maskRation', remedy: 'Did you mean maskRatio?' }],
  [{ text: { maskRatio: 75 } }, { path: 'text.maskRatio', received: '75' }],
  [{ text: { masking: 'span' } }, { path: 'text.masking', received: 'span' }],
])('an option of m3ae that cannot be is told before the first batch: %o', (option, fault) => {
  expect(faultsOf(() => m3ae({ model, ...(option as object) }))).toMatchObject([fault]);
});

test.each([
  ['m3ae', m3ae({ model, text: { maskRatio: 0.5 } })],
  ['clip', clip({ model: resolveClipConfig({ ...sizes, vocabSize: 9 }, { textTower: { length: 3 } }) })],
])('%s refuses word pieces of another vocabulary', (_, task) => {
  const collate = (largest: number) => () => {
    const pictures = {
      indices: Int32Array.of(0),
      patches: { shape: [1, 4, 768], data: new Float32Array(3072) },
      tokenIds: { shape: [1, 3], data: Int32Array.of(1, largest, 0) },
      paddingMask: { shape: [1, 3], data: Float32Array.of(0, 0, 1) },
    };
    task.collate({ pictures } as never, { step: 0, key: key(0), firstExample: 0 });
  };
  expect(collate(8)).not.toThrow();
  expect(faultsOf(collate(9))).toMatchObject([{ path: 'examples.tokenIds', received: '9' }]);
});

test.each([
  [{ mean: [0.5] }, 'mean'],
  [{ std: [1, 0, 1] }, 'std'],
  [{ patchSize: 3 }, 'patchSize'],
  [{ range: [1, 0] }, 'range'],
])('a layout of a tokenizer that does not hold together is told: %o', (wrong, path) => {
  expect(faultsOf(() => createImageTokenizer({ encode }, { ...layout, ...(wrong as object) }))).toMatchObject(
    [{ path }],
  );
});

test('an id that is no integer is told as it came', async () => {
  const tokenizer = createImageTokenizer({ encode }, layout);
  const patches = { shape: [1, 4, 48], data: new Float32Array(192) };
  const failure = await tokenizer.encode(patches).catch((error: unknown) => error);
  expect(failure).toMatchObject({ faults: [{ path: 'ids', received: expect.stringMatching(/^2\.7/) }] });
});
