import { key } from '@m3ae/random';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { faultsOf } from '../../errors/test/faults-of.js';
import { orderByShards } from '../src/epoch-order.js';
import { createMixer, type MixerOptions } from '../src/index.js';

const endsOf = (sizes: readonly number[]) =>
  sizes.map((_, at) => sizes.slice(0, at + 1).reduce((a, b) => a + b));
const shardSizes = fc
  .array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 20 })
  .filter((sizes) => sizes.some((size) => size > 0));

describe('the order by shards', () => {
  test('visits each example once, whatever the shards and the window', () => {
    fc.assert(
      fc.property(shardSizes, fc.integer({ min: 1, max: 50 }), fc.nat(), (sizes, window, seed) => {
        const order = orderByShards(key(seed), { ends: endsOf(sizes), window });
        const all = Array.from({ length: endsOf(sizes).at(-1)! }, (_, at) => at);
        expect([...order].sort((a, b) => a - b)).toEqual(all);
      }),
    );
  });

  test('reads at most four shards at once, each from its beginning to its end, out of place by less than a window', () => {
    fc.assert(
      fc.property(shardSizes, fc.nat(), (sizes, seed) => {
        const ends = endsOf(sizes);
        const shardOf = (index: number) => ends.findIndex((end) => index < end);
        const plain = [...orderByShards(key(seed), { ends, window: 1 })]; // not shuffled in windows
        const left = [...sizes];
        const next = sizes.map((size, at) => ends[at]! - size);
        for (const index of plain) {
          const shard = shardOf(index);
          expect(index).toBe(next[shard]!++);
          left[shard]!--;
          const open = sizes.filter((size, at) => left[at]! > 0 && left[at]! < size);
          expect(open.length).toBeLessThanOrEqual(4);
        }
        const shuffled = [...orderByShards(key(seed), { ends, window: 8 })];
        shuffled.forEach((index, at) => {
          expect(Math.floor(plain.indexOf(index) / 8)).toBe(Math.floor(at / 8));
        });
      }),
      { numRuns: 40 },
    );
  });

  test('every shard comes first now and then, and every example of a window too', () => {
    const shards = { ends: endsOf([10, 10, 10, 10, 10, 10, 10, 10]), window: 10 };
    const firsts = Array.from({ length: 300 }, (_, seed) => orderByShards(key(seed), shards)[0]!);
    expect(new Set(firsts.map((index) => Math.floor(index / 10))).size).toBe(8);
    expect(new Set(firsts.map((index) => index % 10)).size).toBe(3); // of four shards, ten examples
  });
});

describe('a mixer with shards', () => {
  const sizes = [7, 0, 12, 5, 9, 11, 3];
  const options: MixerOptions = {
    key: key(4),
    batchSize: 4,
    sources: [{ name: 'shards', kind: 'image', length: 47, shards: { ends: endsOf(sizes), window: 6 } }],
  };
  const indicesOf = (mixer: ReturnType<typeof createMixer>, steps: number) =>
    Array.from({ length: steps }, () => [...mixer.next().parts[0]!.indices]);

  test('goes on at any step as if it had not stopped, and shares each batch among ranks', () => {
    const whole = indicesOf(createMixer(options), 30);
    for (let cut = 0; cut < 30; cut++) {
      const first = createMixer(options);
      indicesOf(first, cut);
      const saved = JSON.stringify(first.state());
      const second = createMixer(options);
      second.restore(JSON.parse(saved) as ReturnType<typeof first.state>);
      expect(indicesOf(second, 30 - cut)).toEqual(whole.slice(cut));
    }
    const ranks = [0, 1].map((rank) => indicesOf(createMixer({ ...options, rank, ranks: 2 }), 30));
    expect(ranks[0]!.map((own, step) => [...own, ...ranks[1]![step]!])).toEqual(whole);
    expect(whole.slice(0, 11)).not.toEqual(whole.slice(11, 22)); // the next epoch
  });

  test('its state holds the window and no list, and another window is refused', () => {
    const { shards } = createMixer(options).state().configuration.sources[0]!;
    expect(shards).toEqual({ count: 7, window: 6 });
    const other = createMixer({
      ...options,
      sources: [{ ...options.sources[0]!, shards: { ends: endsOf(sizes), window: 7 } }],
    });
    expect(faultsOf(() => other.restore(createMixer(options).state()))[0]!.path).toBe(
      'state.configuration.sources',
    );
  });

  test.each([
    ['sources[0].shards.window', { ends: [47], window: 0 }],
    ['sources[0].shards.ends', { ends: [40], window: 2 }],
    ['sources[0].shards.ends', { ends: [30, 20, 47], window: 2 }],
    ['sources[0].shards.ends', { ends: [], window: 2 }],
  ])('%s is checked: %j', (path, shards) => {
    const faults = faultsOf(() => createMixer({ ...options, sources: [{ ...options.sources[0]!, shards }] }));
    expect(faults.map((fault) => fault.path)).toEqual([path]);
  });
});
