import fc from 'fast-check';
import { expect, test } from 'vitest';
import { smoothed } from '../src/charts.js';
import { type Curve, curveLegendHtml, curvesHtml, drawCurves } from '../src/index.js';

const curves: readonly Curve[] = [
  { title: 'Loss', field: 'loss', format: 'f' },
  { title: 'Text: hidden word pieces guessed right', field: 'textAccuracy', format: '%' },
  { title: 'Learning rate', field: 'learningRate', format: 'e' },
];
const training = Array.from({ length: 30 }, (_, i) => ({
  step: i + 1,
  loss: 1 / (i + 1),
  textAccuracy: i / 30,
}));
const validation = [
  { step: 15, loss: 0.2 },
  { step: 30, loss: 0.1 },
];

test('curves are drawn without a browser and described in words', async () => {
  const [loss, accuracy] = await drawCurves(curves, training, validation);
  expect(loss!.summary).toBe('Loss: from 1 at step 1 to 0.0333 at step 30.');
  expect(accuracy!.title).toBe('Text: hidden word pieces guessed right');
  expect(loss!.svg.startsWith('<svg')).toBe(true);
  expect(await drawCurves(curves, [{ step: 1, loss: 1 }])).toEqual([]); // one point is no curve
});

test('the trend is the mean over each window, summed one by one, also beside a number that dwarfs the others', () => {
  const slow = (values: readonly number[]) => {
    const half = Math.floor(values.length / 60);
    return values.map((_, at) => {
      const part = values.slice(Math.max(0, at - half), at + half + 1);
      return part.reduce((total, value) => total + value, 0) / part.length;
    });
  };
  const value = fc.oneof(fc.double({ min: 0, max: 10, noNaN: true }), fc.constant(1e30));
  fc.assert(
    fc.property(fc.array(value, { maxLength: 700, size: 'max' }), (values) => {
      const wanted = slow(values);
      const found = smoothed(values);
      expect(found).toHaveLength(values.length);
      for (const [at, mean] of wanted.entries())
        expect(Math.abs(found[at]! - mean)).toBeLessThanOrEqual(1e-13 * mean); // in another order
    }),
    { numRuns: 300 },
  );
});

/** Labels of the vertical axis of a drawn curve, as numbers. */
function ticksOf(svg: string): number[] {
  const axes = [...svg.matchAll(/role-axis-label[^>]*>(.*?)<\/g>/gs)].map(([, group]) =>
    [...group!.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text!.replace('−', '-')),
  );
  return axes.at(-1)!.map((text) => (text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text)));
}

test.each(['loss', 'textAccuracy', 'learningRate'])(
  'ticks of %s are told apart, with the digits that their step needs',
  async (field) => {
    const ends = fc.tuple(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: -7, max: 0, noNaN: true }),
    );
    await fc.assert(
      fc.asyncProperty(ends, async ([low, exponent]) => {
        const high = low + 10 ** exponent;
        const lines = [low, high].map((value, at) => ({ step: at + 1, [field]: value }));
        const [curve] = await drawCurves(curves, lines);
        const ticks = ticksOf(curve!.svg);
        expect(new Set(ticks).size).toBe(ticks.length);
        // Rounded labels would stand at uneven distances.
        const gaps = ticks.slice(1).map((tick, at) => tick - ticks[at]!);
        gaps.forEach((gap) => expect(Math.abs(gap - gaps[0]!)).toBeLessThan(1e-6 * Math.abs(gaps[0]!)));
      }),
      { numRuns: 40 },
    );
  },
);

test('a validation line is drawn in the color that the legend gives it', async () => {
  const [alone] = await drawCurves(curves, training);
  const [both] = await drawCurves(curves, training, validation);
  const [, color] = /background:(#\w+)"><\/i>kept apart/.exec(curveLegendHtml('batches', 'kept apart'))!;
  expect(both!.svg).toContain(color);
  expect(alone!.svg).not.toMatch(new RegExp(`<path[^>]*stroke="${color}"[^>]* d="M`));
  expect(curvesHtml([])).toBe('');
});

test('a line whose metric is missing or null is no point', async () => {
  const [loss] = await drawCurves(curves, [{ step: 1, loss: null }, ...training.slice(1)]);
  expect(loss!.summary).toBe('Loss: from 0.5 at step 2 to 0.0333 at step 30.');
});
