import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { drawPointMaps, mostMarks } from '../src/index.js';

const classNames = Array.from({ length: mostMarks }, (_, label) => `class ${label}`);
const points = classNames.map((_, label) => [label % 12, Math.floor(label / 12), label] as const);

/** The marks of some group of an SVG, by the name that Vega gives the group. */
function marksOf(svg: string, role: string): string[] {
  return svg
    .split(`<g class="mark-symbol ${role}`)
    .slice(1)
    .flatMap((group) => group.slice(0, group.indexOf('</g>')).match(/<path [^>]*>/g) ?? []);
}

/** A mark drawn alone on white, by another program than the one that made it: values of 32 × 32 pixels. */
async function drawn(mark: string): Promise<Buffer> {
  const alone = mark.replace(/ transform="[^"]*"/, '');
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="32" height="32" viewBox="-8 -8 16 16"><g fill="none">${alone}</g></svg>`;
  return sharp(Buffer.from(svg)).flatten({ background: '#fff' }).removeAlpha().raw().toBuffer();
}

/** How many pixels differ clearly between two drawings; white where there is only one. */
function apart(one: Buffer, other: Buffer = Buffer.alloc(one.length, 255)): number {
  let count = 0;
  for (let at = 0; at < one.length; at += 3) {
    if ([0, 1, 2].some((channel) => Math.abs(one[at + channel]! - other[at + channel]!) > 24)) count++;
  }
  return count;
}

let svg: string;
beforeAll(async () => {
  svg = await drawPointMaps({ classNames, models: [{ title: 'M3AE: many', points }] });
});

test.each([
  ['plot', 'role-mark'],
  ['legend', 'role-legend-symbol'],
])('every class has a mark with ink of its own in the %s', async (_, role) => {
  const marks = marksOf(svg, role);
  expect(marks.length).toBe(mostMarks);
  expect(mostMarks).toBeGreaterThanOrEqual(100);
  const drawings = await Promise.all(marks.map(drawn));
  const ink = drawings.map((drawing) => apart(drawing));
  expect(Math.min(...ink)).toBeGreaterThan(30); // of the 1,024 pixels
  for (const [at, drawing] of drawings.entries()) {
    for (const other of drawings.slice(at + 1)) expect(apart(drawing, other)).toBeGreaterThan(10);
  }
});

test('the legend names every class', () => {
  for (const name of classNames) expect(svg).toContain(`>${name}</text>`);
});
