import { expect, expectTypeOf, test } from 'vitest';
import { type ConfigInput, resolveConfig, type StudyInput, type TrainerConfig } from '../src/index.js';

// The type check is the test: each line below a directive must not compile, all others must.
test('ConfigInput takes what the command takes, and nothing else', () => {
  const good = {
    data: { source: { kind: 'folder', path: './photos' }, extra: [{ kind: 'scenes', length: 100 }] },
    image: { size: 96, patchSize: 16, crop: { kind: 'randomResized', area: [0.2, 1] } },
    model: { size: 'small' },
    train: { epochs: 5 },
  } satisfies ConfigInput;
  expectTypeOf(good.image.size).toEqualTypeOf<number>();
  expectTypeOf(resolveConfig(good)).toEqualTypeOf<TrainerConfig>();
  expect(resolveConfig(good).image.size).toBe(96);

  const { data } = good;
  // @ts-expect-error -- a misspelt section
  expect(() => resolveConfig({ data, trian: {} } satisfies ConfigInput)).toThrow('Did you mean train?');
  // @ts-expect-error -- a misspelt setting
  expect(() => resolveConfig({ data, image: { maskRation: 0.5 } } satisfies ConfigInput)).toThrow(
    'maskRatio',
  );
  // @ts-expect-error -- a word that is none of those allowed
  expect(() => resolveConfig({ data, method: 'simclr' } satisfies ConfigInput)).toThrow('method');
  // @ts-expect-error -- data is required
  expect(() => resolveConfig({ model: { size: 'small' } } satisfies ConfigInput)).toThrow('data');
});

test('StudyInput names what a study may hold', () => {
  const study = { base: 'emoji-tiny', variants: { mae: { set: { method: 'mae' } } } } satisfies StudyInput;
  // @ts-expect-error -- a misspelt setting
  const wrong = { ...study, sedes: [0] } satisfies StudyInput;
  expect(wrong.base).toBe('emoji-tiny');
});
