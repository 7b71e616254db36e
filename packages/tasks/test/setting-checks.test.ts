import { faultsBetween } from '@m3ae/errors/settings';
import { expect, test } from 'vitest';
import { defaultLossWeights, taskSettingChecks, type TaskSettings } from '../src/index.js';

const settings: TaskSettings = {
  method: 'm3ae',
  image: { size: 64, patchSize: 16, maskRatio: 0.75, masking: { strategy: 'random' } },
  text: { maxLength: 16, maskRatio: 0.75, masking: { strategy: 'random' }, leaveOutPadding: true },
  model: { size: 'small' },
  loss: defaultLossWeights,
  augment: {},
  optimizer: {},
  train: {},
};

type Change = {
  readonly [Section in keyof TaskSettings]?: Partial<TaskSettings[Section]> | TaskSettings[Section];
};

const changed = (change: Change): TaskSettings =>
  Object.fromEntries(
    Object.entries(settings).map(([name, value]) => {
      const other = change[name as keyof TaskSettings];
      return [name, typeof other === 'object' ? { ...(value as object), ...other } : (other ?? value)];
    }),
  ) as unknown as TaskSettings;

const corrupt = (shares: readonly [number, number]) =>
  ({ strategy: 'corrupt', maskShare: shares[0], randomShare: shares[1] }) as const;

test.each<[Change, string[]]>([
  [{}, []],
  [{ image: { size: 65 } }, ['image.size']],
  [{ image: { maskRatio: 0.99 } }, ['image.maskRatio']], // 16 patches, of which none would stay
  [{ image: { maskRatio: 0 } }, ['image.maskRatio']],
  [{ image: { maskRatio: 0 }, loss: { imageAllTokens: true } }, []],
  [{ image: { maskRatio: 0 }, method: 'clip' }, []],
  [{ text: { maskRatio: 0 }, method: 'mae' }, []],
  [{ text: { masking: corrupt([0.8, 0.3]) } }, ['text.masking']],
  [{ text: { masking: corrupt([0.8, 0.1]), maskRatio: 0 } }, ['text.maskRatio']],
  [{ model: { size: undefined } }, ['model']],
  [{ model: { heads: 7 } }, ['model.heads']],
  [{ model: { clip: { textHeads: 7 } } }, []],
  [{ model: { clip: { textHeads: 7 } }, method: 'clip' }, ['model.clip.textHeads']],
])('%j is refused at %j', (change, paths) => {
  expect(faultsBetween(changed(change), taskSettingChecks).map(({ path }) => path)).toEqual(paths);
});
