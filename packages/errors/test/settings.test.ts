import { expect, test } from 'vitest';
import { examine, integer, record } from '../src/rules.js';
import {
  applyOverrides,
  faultsBetween,
  parseAssignments,
  settingFault,
  showSetting,
} from '../src/settings.js';
import { faultsOf } from './faults-of.js';

const rules = {
  exclusive: { 'fit.length': ['steps', 'epochs'] },
  sectionOf: (value: unknown) =>
    typeof value === 'string' && value.includes(':')
      ? { host: value.split(':')[0], port: value.split(':')[1] }
      : undefined,
};

test('an assignment reaches into sections and leaves the settings alone', () => {
  const settings = { fit: { rate: 5 } };
  const changed = applyOverrides(settings, [
    'fit.rate=20',
    'mean=[0.5,1]',
    'name=a=1',
    'fit.rate=null',
    'fit.on=true',
  ]);
  expect(changed).toEqual({ fit: { on: true }, mean: [0.5, 1], name: 'a=1' });
  expect(settings).toEqual({ fit: { rate: 5 } });
  expect(applyOverrides(settings, [])).toBe(settings);
});

test('a setting takes the place of those that it excludes, if the program says so', () => {
  const settings = { fit: { length: { epochs: 3, size: 8 } } };
  expect(applyOverrides(settings, ['fit.length.steps=2'], rules)).toEqual({
    fit: { length: { steps: 2, size: 8 } },
  });
  expect(applyOverrides(settings, ['fit.length.steps=2'])).toEqual({
    fit: { length: { steps: 2, epochs: 3, size: 8 } },
  });
});

test('a value that stands for a section is joined as one', () => {
  expect(applyOverrides({ to: 'here:80' }, ['to.port=90'], rules)).toEqual({
    to: { host: 'here', port: 90 },
  });
  expect(applyOverrides({ to: 'here:80' }, ['to.port=90'])).toEqual({ to: { port: 90 } });
  const joined = { to: { host: 'here', port: '80', path: 'a' } };
  expect(applyOverrides({}, ['to.path=a', 'to=here:80'], rules)).toEqual(joined);
});

test('a section that says otherwise than a setting before it is refused; the other order is not', () => {
  const order = ['fit={"length":{"epochs":3}}', 'fit.length.steps=5'];
  expect(faultsOf(() => applyOverrides({}, [...order].reverse(), rules))).toMatchObject([
    { path: '--set', rule: 'without contradiction', remedy: expect.stringContaining('write fit first') },
  ]);
  expect(applyOverrides({}, order, rules)).toEqual({ fit: { length: { steps: 5 } } });
  // The same said twice is no contradiction, whatever the order of the names.
  const twice = ['fit.at={"a":1,"b":[2]}', 'fit={"at":{"b":[2],"a":1}}'];
  expect(applyOverrides({}, twice)).toEqual({ fit: { at: { a: 1, b: [2] } } });
  expect(() => applyOverrides({}, ['fit.at={"a":1}', 'fit={"at":{"a":1,"b":2}}'])).toThrow(RangeError);
});

test('every assignment that is none is told', () => {
  const written = ['fit', '=5', 'a..b=1', '__proto__.x=1', 'a=1'];
  expect(faultsOf(() => parseAssignments(written)).map(({ received }) => received)).toEqual(
    written.slice(0, 4),
  );
  expect(parseAssignments(['a.b=[1]', ' c =x'])).toEqual([
    ['a.b', [1]],
    ['c', 'x'],
  ]);
});

test('what is between two settings is told unless one that was read is itself at fault', () => {
  const rule = record({
    size: integer({ min: 1 }, 'Write 8.'),
    patch: integer({ min: 1 }, 'Write 2.'),
    odd: integer({ min: 1 }, 'Write 1.'),
  });
  type Sizes = { readonly size: number; readonly patch: number; readonly odd: number };
  const fits = function* ({ size, patch }: Sizes) {
    if (size % patch !== 0) yield settingFault('size', `a multiple of ${patch}`, size, 'Write 8.');
  };
  const isOdd = function* ({ odd }: Sizes) {
    if (odd % 2 === 0) yield settingFault('odd', 'odd', odd, 'Write 1.');
  };
  const pathsOf = (settings: object) => {
    const { value, doubtful } = examine(rule, settings);
    return faultsBetween(value, [fits, isOdd], doubtful).map(({ path }) => path);
  };
  expect(pathsOf({ size: 7, patch: 2, odd: 2 })).toEqual(['size', 'odd']);
  expect(pathsOf({ size: 7, patch: 'two', odd: 2 })).toEqual(['odd']);
  expect(pathsOf({ size: 8, patch: 2, odd: 1 })).toEqual([]);
});

test('a value is shown as it is written', () => {
  expect([undefined, 'a', 1e21, () => 1].map(showSetting)).toEqual(['nothing', '"a"', '1e+21', 'a function']);
  expect(showSetting('x'.repeat(99))).toHaveLength(60);
});
