import { key } from '@m3ae/random';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { faultsOf } from '../../errors/test/faults-of.js';
import { lanesOfShards } from '../src/epoch-order.js';
import { createMixer, type MixerOptions, type MixerState, type SourceShards } from '../src/index.js';

const endsOf = (sizes: readonly number[]) =>
  sizes.map((_, at) => sizes.slice(0, at + 1).reduce((a, b) => a + b));
/** The order of shards that nobody shares. */
const orderByShards = (seed: number, shards: SourceShards) => lanesOfShards(key(seed), shards)[0]!;
const shardSizes = fc
  .array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 20 })
  .filter((sizes) => sizes.some((size) => size > 0));

describe('the order by shards', () => {
  test('visits each example once, whatever the shards and the window', () => {
    fc.assert(
      fc.property(shardSizes, fc.integer({ min: 1, max: 50 }), fc.nat(), (sizes, window, seed) => {
        const order = orderByShards(seed, { ends: endsOf(sizes), window });
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
        const plain = [...orderByShards(seed, { ends, window: 1 })]; // not shuffled in windows
        const left = [...sizes];
        const next = sizes.map((size, at) => ends[at]! - size);
        for (const index of plain) {
          const shard = shardOf(index);
          expect(index).toBe(next[shard]!++);
          left[shard]!--;
          const open = sizes.filter((size, at) => left[at]! > 0 && left[at]! < size);
          expect(open.length).toBeLessThanOrEqual(4);
        }
        const shuffled = [...orderByShards(seed, { ends, window: 8 })];
        shuffled.forEach((index, at) => {
          expect(Math.floor(plain.indexOf(index) / 8)).toBe(Math.floor(at / 8));
        });
      }),
      { numRuns: 40 },
    );
  });

  test('every shard comes first now and then, and every example of a window too', () => {
    const shards = { ends: endsOf([10, 10, 10, 10, 10, 10, 10, 10]), window: 10 };
    const firsts = Array.from({ length: 300 }, (_, seed) => orderByShards(seed, shards)[0]!);
    expect(new Set(firsts.map((index) => Math.floor(index / 10))).size).toBe(8);
    expect(new Set(firsts.map((index) => index % 10)).size).toBe(3); // of four shards, ten examples
  });
});

describe('the order in lanes', () => {
  const lanesAndSizes = fc
    .tuple(shardSizes, fc.integer({ min: 1, max: 8 }))
    .filter(([sizes, lanes]) => endsOf(sizes).at(-1)! >= lanes);

  test('gives each lane as many examples, none twice, and neighbors share at most one shard', () => {
    fc.assert(
      fc.property(
        lanesAndSizes,
        fc.integer({ min: 1, max: 50 }),
        fc.nat(),
        ([sizes, lanes], window, seed) => {
          const ends = endsOf(sizes);
          const dealt = lanesOfShards(key(seed), { ends, window, lanes });
          const size = Math.floor(ends.at(-1)! / lanes);
          expect(dealt.map(({ length }) => length)).toEqual(Array.from({ length: lanes }, () => size));
          expect(new Set(dealt.flatMap((lane) => [...lane])).size).toBe(size * lanes);
          const shards = dealt.map(
            (lane) => new Set([...lane].map((index) => ends.findIndex((end) => index < end))),
          );
          shards.forEach((own, at) => {
            const before = shards[at - 1] ?? new Set();
            expect([...own].filter((shard) => before.has(shard)).length).toBeLessThanOrEqual(1);
          });
        },
      ),
    );
  });

  test('reads at least four shards side by side in all, and one or two in a lane', () => {
    const ends = endsOf(Array.from({ length: 40 }, () => 10));
    for (const [lanes, atOnce] of [
      [1, 4],
      [2, 2],
      [3, 2],
      [8, 1],
    ] as const) {
      for (const lane of lanesOfShards(key(3), { ends, window: 1, lanes })) {
        const firsts = lane.subarray(0, atOnce).map((index) => Math.floor(index / 10));
        expect(new Set(firsts).size).toBe(atOnce);
        expect(new Set(lane.subarray(0, 10).map((index) => Math.floor(index / 10))).size).toBeLessThanOrEqual(
          atOnce + 1, // the first may have begun in the lane before
        );
      }
    }
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

  test('one lane is the order of before there were lanes', () => {
    expect(indicesOf(createMixer(options), 13)).toEqual([
      [33, 25, 24, 19],
      [34, 7, 8, 35],
      [26, 21, 20, 9],
      [28, 36, 22, 27],
      [10, 37, 12, 39],
      [29, 38, 11, 23],
      [31, 1, 30, 0],
      [40, 13, 15, 41],
      [42, 14, 2, 32],
      [16, 44, 3, 45],
      [43, 4, 6, 5],
      [24, 1, 0, 7],
      [33, 34, 25, 2],
    ]);
  });

  const inLanes = (lanes?: number): MixerOptions => ({
    ...options,
    sources: [{ ...options.sources[0]!, shards: { ends: endsOf(sizes), window: 6, lanes } }],
  });

  test('a batch is made of lanes, the same for any number of ranks', () => {
    const whole = indicesOf(createMixer(inLanes(4)), 30);
    for (const ranks of [2, 4]) {
      const each = Array.from({ length: ranks }, (_, rank) =>
        indicesOf(createMixer({ ...inLanes(4), rank, ranks }), 30),
      );
      expect(whole.map((_, step) => each.flatMap((own) => own[step]!))).toEqual(whole);
    }
    expect(new Set(whole.slice(0, 11).flat()).size).toBe(44);
  });

  test('goes on in the lanes that it began with, whichever are asked for now', () => {
    for (const [before, now] of [
      [undefined, 4],
      [1, 2],
      [2, undefined],
      [4, 2],
    ]) {
      const begun = createMixer(inLanes(before));
      indicesOf(begun, 5);
      const resumed = createMixer(inLanes(now));
      resumed.restore(JSON.parse(JSON.stringify(begun.state())) as MixerState);
      expect(resumed.state()).toEqual(begun.state());
      expect(indicesOf(resumed, 20)).toEqual(indicesOf(begun, 20));
    }
    const { configuration, ...place } = createMixer(inLanes(2)).state();
    const [source] = configuration.sources;
    const spoilt = { ...source!, shards: { ...source!.shards!, lanes: 3 } };
    const state = { ...place, configuration: { ...configuration, sources: [spoilt] } };
    expect(faultsOf(() => createMixer(options).restore(state))[0]!.path).toBe('state.configuration.sources');
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
    ['sources[0].shards.lanes', { ends: [47], window: 2, lanes: 3 }],
    ['sources[0].shards.lanes', { ends: [47], window: 2, lanes: 0.5 }],
    ['sources[0].shards.ends', { ends: [40], window: 2 }],
    ['sources[0].shards.ends', { ends: [30, 20, 47], window: 2 }],
    ['sources[0].shards.ends', { ends: [], window: 2 }],
  ])('%s is checked: %j', (path, shards) => {
    const faults = faultsOf(() => createMixer({ ...options, sources: [{ ...options.sources[0]!, shards }] }));
    expect(faults.map((fault) => fault.path)).toEqual([path]);
  });
});
