import { key } from '@m3ae/random';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { faultsOf } from '../../errors/test/faults-of.js';
import { nativeErrors } from '../../errors/test/wrong-arguments.js';
import {
  createMixer,
  isPaired,
  type MixedBatch,
  type Mixer,
  type MixerOptions,
  type MixerSource,
  type MixerState,
} from '../src/index.js';

const paired: MixerSource = { name: 'pairs', kind: 'paired', length: 53 };
const pictures: MixerSource = { name: 'pictures', kind: 'image', length: 31 };
const sentences: MixerSource = { name: 'sentences', kind: 'text', length: 22 };
const reference: MixerOptions = { key: key(0), batchSize: 8, sources: [paired, sentences] };
const weighted: MixerOptions = {
  key: key(1),
  batchSize: 4,
  sources: [{ ...paired, weight: 3 }, { ...pictures, weight: 0 }, sentences],
  strategy: 'weighted',
  dropText: 0.3,
};

test('options of a wrong kind are refused by name', () => {
  const source = { ...paired, shards: { ends: [20, 53], window: 8 } };
  expect(nativeErrors(createMixer, [{ ...reference, strategy: 'pairedPlusText' }])).toEqual([]);
  expect(
    nativeErrors((given: MixerSource) => createMixer({ ...reference, sources: [given] }), [source]),
  ).toEqual([]);
});

const take = (mixer: Mixer, steps: number): MixedBatch[] => Array.from({ length: steps }, () => mixer.next());
const sorted = (values: Iterable<number>) => [...values].sort((a, b) => a - b);

const usesAt = (dropText: number) =>
  take(createMixer({ ...reference, dropText }), 9).flatMap(({ parts }) => [...parts[0]!.useText]);

test('every step is a paired batch and a text-only batch', () => {
  for (const [step, batch] of take(createMixer(reference), 20).entries()) {
    expect(batch.step).toBe(step);
    expect(batch.epoch).toBe(Math.floor(step / 6));
    expect(batch.parts.map(({ source }) => source)).toEqual(['pairs', 'sentences']);
    for (const part of batch.parts) {
      expect(part.indices).toHaveLength(8);
      expect([...part.useText]).toEqual(Array.from({ length: 8 }, () => 1));
    }
  }
});

test('the paired part comes first, whatever the order of the sources', () => {
  const mixer = createMixer({ ...reference, sources: [sentences, paired] });
  expect(mixer.next().parts.map(({ kind }) => kind)).toEqual(['paired', 'text']);
});

test('a source of pictures alone never asks for text', () => {
  const mixer = createMixer({ ...reference, sources: [pictures] });
  expect(mixer.stepsPerEpoch).toBe(3);
  for (const { parts } of take(mixer, 5))
    expect(parts.map(({ useText }) => sorted(useText))).toEqual([Array(8).fill(0)]);
});

test('an epoch visits no example twice, leaves out only what fills no batch, and differs from the next', () => {
  const mixer = createMixer({ ...reference, sources: [paired] });
  const epochs = [0, 1, 2].map(() => take(mixer, 6).flatMap(({ parts }) => [...parts[0]!.indices]));
  for (const visited of epochs) {
    expect(new Set(visited).size).toBe(48);
    expect(sorted(visited)[0]).toBeGreaterThanOrEqual(0);
    expect(sorted(visited).at(-1)).toBeLessThan(53);
  }
  expect(epochs[0]).not.toEqual(epochs[1]);
  expect(epochs[1]).not.toEqual(epochs[2]);
  expect(sorted(epochs[0]!)).not.toEqual(sorted(epochs[1]!)); // others are left out
});

test('each source counts its own epochs', () => {
  const texts = take(createMixer(reference), 6).map(({ parts }) => [...parts[1]!.indices]);
  for (const epoch of [0, 2, 4]) expect(new Set([...texts[epoch]!, ...texts[epoch + 1]!]).size).toBe(16);
});

test('without shuffling, the order is that of the data set in every epoch', () => {
  const mixer = createMixer({ ...reference, sources: [paired], shuffle: false });
  const first = take(mixer, 6).flatMap(({ parts }) => [...parts[0]!.indices]);
  expect(first).toEqual(Array.from({ length: 48 }, (_, i) => i));
  expect(take(mixer, 6).flatMap(({ parts }) => [...parts[0]!.indices])).toEqual(first);
});

test('the key alone decides', () => {
  expect(take(createMixer(reference), 9)).toEqual(take(createMixer({ ...reference }), 9));
  const other = createMixer({ ...reference, key: key(5) });
  expect(other.next()).not.toEqual(createMixer(reference).next());
});

describe('ranks', () => {
  test.each([reference, { ...weighted, batchSize: 8, pairedShare: 0.5 }])(
    'the parts of any number of ranks, joined, are the batch of one process',
    (options) => {
      const whole = take(createMixer(options), 25);
      for (const ranks of [2, 4, 8]) {
        const split = Array.from({ length: ranks }, (_, rank) =>
          take(createMixer({ ...options, rank, ranks }), 25),
        );
        for (const [step, { parts }] of whole.entries()) {
          for (const [i, part] of parts.entries()) {
            const pieces = split.map((batches) => batches[step]!.parts[i]!);
            expect(pieces.flatMap(({ indices }) => [...indices])).toEqual([...part.indices]);
            expect(pieces.flatMap(({ useText }) => [...useText])).toEqual([...part.useText]);
            expect(pieces.map(({ offset }) => offset)).toEqual(pieces.map((_, rank) => (rank * 8) / ranks));
          }
        }
      }
    },
  );
});

describe('weighted draws', () => {
  test('sources are drawn by weight, and weight 0 never', () => {
    const counts: Record<string, number> = { pairs: 0, pictures: 0, sentences: 0 };
    for (const { parts } of take(createMixer(weighted), 4000)) {
      expect(parts).toHaveLength(1);
      counts[parts[0]!.source]!++;
    }
    expect(counts.pictures).toBe(0);
    expect(Math.abs(counts.pairs! / 4000 - 0.75)).toBeLessThan(0.03); // 4 deviations
  });

  test('a source goes on where it was when it is drawn again', () => {
    const drawn = take(createMixer(weighted), 60).map(({ parts }) => parts[0]!);
    const pairs = drawn.filter(({ source }) => source === 'pairs').slice(0, 13); // floor(53 / 4) batches
    expect(new Set(pairs.flatMap(({ indices }) => [...indices])).size).toBe(52);
  });
});

describe('which captions are used', () => {
  const shares = [0, 0.01, 0.1, 0.2, 0.5, 0.9, 1];

  test.each(shares)('the modulo rule at %d is the comparison of the reference', (share) => {
    // Oracle: the reference drops a caption if (index mod 100) / 100 < deterministic_drop_text.
    for (let index = 0; index < 1000; index++) {
      const dropped = (index % 100) / 100 < 1 - share;
      expect(isPaired(index, share, 'modulo')).toBe(!dropped);
    }
  });

  test.each(['modulo', 'hash'] as const)(
    '%s: an example paired at a share is paired at every larger one',
    (rule) => {
      fc.assert(
        fc.property(fc.nat(2 ** 31), fc.nat(100), fc.nat(100), (index, a, b) => {
          const [small, large] = [Math.min(a, b) / 100, Math.max(a, b) / 100];
          expect(isPaired(index, small, rule) && !isPaired(index, large, rule)).toBe(false);
        }),
      );
    },
  );

  test.each(shares)('%d of the examples are paired', (share) => {
    const count = (rule: 'modulo' | 'hash') =>
      Array.from({ length: 10_000 }, (_, i) => isPaired(i, share, rule)).filter(Boolean).length;
    expect(count('modulo')).toBe(Math.round(share * 10_000));
    expect(Math.abs(count('hash') - share * 10_000)).toBeLessThanOrEqual(
      200 * Math.sqrt(share * (1 - share)) * 2,
    );
  });

  test('the same examples are paired in every epoch, in every order, on every rank', () => {
    for (const rank of [0, 1]) {
      const source: MixerSource = { name: 'pairs', kind: 'paired', length: 230 };
      const mixer = createMixer({ ...reference, sources: [source], pairedShare: 0.1, rank, ranks: 2 });
      for (const { parts } of take(mixer, 90)) {
        const { indices, useText } = parts[0]!;
        expect([...useText]).toEqual(Array.from(indices, (index) => (index % 100 >= 90 ? 1 : 0)));
      }
    }
  });

  test('random dropping hits the share, anew on each visit, and never text-only examples', () => {
    const mixer = createMixer({ ...reference, dropText: 0.4 });
    const visits = Array.from({ length: 53 }, () => [0, 0]);
    for (const { parts } of take(mixer, 3000)) {
      expect(sorted(parts[1]!.useText)[0]).toBe(1);
      parts[0]!.indices.forEach((index, i) => visits[index]![parts[0]!.useText[i]!]!++);
    }
    const [dropped, used] = [0, 1].map((which) => visits.reduce((sum, counts) => sum + counts[which]!, 0));
    expect(Math.abs(dropped! / (dropped! + used!) - 0.4)).toBeLessThan(0.013); // 4 deviations
    expect(visits.every(([without, using]) => without! > 100 && using! > 100)).toBe(true);
  });

  test('dropping can be everything or nothing', () => {
    expect(new Set(usesAt(1))).toEqual(new Set([0]));
    expect(new Set(usesAt(0))).toEqual(new Set([1]));
  });
});

describe('state and restore', () => {
  test('a restored mixer gives what the uninterrupted one gives, from any step, on any rank', () => {
    const options = fc.record({
      key: fc.nat().map(key),
      batchSize: fc.constantFrom(2, 4, 6),
      sources: fc.constantFrom([paired, sentences], [pictures], [pictures, sentences], [paired]),
      shuffle: fc.boolean(),
      dropText: fc.constantFrom(0, 0.5),
      strategy: fc.constantFrom('pairedPlusText' as const, 'weighted' as const),
      rank: fc.constantFrom(0, 1),
      ranks: fc.constant(2),
    });
    fc.assert(
      fc.property(options, fc.nat(60), fc.nat(60), (configuration, before, elsewhere) => {
        const uninterrupted = createMixer(configuration);
        take(uninterrupted, before);
        const saved = JSON.stringify(uninterrupted.state());
        const resumed = createMixer(configuration);
        take(resumed, elsewhere);
        resumed.restore(JSON.parse(saved));
        expect(take(resumed, 40)).toEqual(take(uninterrupted, 40));
        expect(resumed.state()).toEqual(uninterrupted.state());
      }),
      { numRuns: 60 },
    );
  });

  test('a run may go on with another number of ranks', () => {
    const one = createMixer(reference);
    take(one, 7);
    const two = createMixer({ ...reference, rank: 1, ranks: 2 });
    two.restore(one.state());
    expect(two.next().parts[0]!.indices).toEqual(one.next().parts[0]!.indices.slice(4));
  });

  test('a state is a snapshot', () => {
    const mixer = createMixer(weighted);
    const state = mixer.state();
    take(mixer, 5);
    expect(state.step).toBe(0);
    expect(state.batches).toEqual([0, 0, 0]);
  });

  test('a state of another configuration is refused with every difference, and the mixer stays where it was', () => {
    const mixer = createMixer(reference);
    const first = mixer.next();
    const other = createMixer({ ...reference, batchSize: 4, pairedShare: 0.5 }).state();
    const advice = 'Resume with the options of the saved run, or start a new one.';
    expect(() => mixer.restore(other)).toThrow(
      `state.configuration.batchSize must be 8; received 4. ${advice}\n` +
        `state.configuration.pairedShare must be 1; received 0.5. ${advice}`,
    );
    expect(mixer.state().step).toBe(1);
    expect(first.step).toBe(0);
  });

  const whole = createMixer(reference).state();
  test.each<[unknown, string]>([
    [null, 'state must be a state of a mixer; received null.'],
    [{ step: 3 }, 'state must be a state of a mixer; received {"step":3}.'],
    [{ ...whole, step: -1 }, 'state.step must be an integer of at least 0; received -1.'],
    [{ ...whole, batches: [1] }, 'state.batches must be a count for each source; received [1].'],
    [{ ...whole, step: 4, batches: [4, 3] }, 'state.batches must be 8 in total at step 4; received 7.'],
  ])('a spoilt state is refused: %j', (spoilt, message) => {
    const mixer = createMixer(reference);
    expect(() => mixer.restore(spoilt as MixerState)).toThrow(message);
    expect(mixer.state()).toEqual(whole);
  });

  test('the order of the keys in the file does not matter', () => {
    const { step, batches, configuration } = createMixer(reference).state();
    const { key: words, sources, ...rest } = configuration;
    const [pairs, texts] = sources.map(({ name, ...fields }) => ({ ...fields, name }));
    const shuffled = { batches, configuration: { ...rest, sources: [pairs!, texts!], key: words }, step };
    expect(() => createMixer(reference).restore(shuffled)).not.toThrow();
  });
});

describe('bad options', () => {
  const { key: ignored, ...keyless } = reference;
  test.each<[object, string]>([
    [{ batchSize: 0 }, 'batchSize must be a positive integer; received 0.'],
    [
      { batchSize: 8, ranks: 3 },
      'batchSize must be a multiple of ranks, 3; received 8. Every rank takes an equal part.',
    ],
    [{ rank: 2, ranks: 2 }, 'rank must be an integer in [0, 2); received 2. Ranks count from 0.'],
    [{ strategy: 'random' }, 'strategy must be one of pairedPlusText, weighted; received random.'],
    [{ pairedBy: 'name' }, 'pairedBy must be one of modulo, hash; received name.'],
    [{ shuffle: 1 }, 'shuffle must be true or false; received 1.'],
    [{ pairedShare: 10 }, 'pairedShare must be in [0, 1]; received 10. Write ten percent as 0.1.'],
    [{ pairedShare: Number.NaN }, 'pairedShare must be in [0, 1]; received NaN.'],
    [
      { pairedShare: 0.125 },
      "pairedShare must be a whole percentage; received 0.125. Round it, or pass pairedBy: 'hash'.",
    ],
    [
      { pairedShare: 0.1 },
      'pairedShare must be large enough to leave a caption among the 53 examples of sources[0]',
    ],
    [{ dropText: -0.1 }, 'dropText must be in [0, 1]; received -0.1.'],
    [{ droptext: 0.1 }, 'received droptext. Did you mean dropText?'],
    [{ key: [1] }, 'key must be two uint32 words; received [1]. Make one with key(seed) of @m3ae/random.'],
    [
      { sources: [] },
      'sources must be a list of at least one source; received []. Name the data sets to mix.',
    ],
    [{ sources: [paired, pictures] }, 'sources must be with exactly one paired or image source; received 2.'],
    [{ sources: [sentences] }, 'sources must be with exactly one paired or image source; received 0.'],
    [
      { sources: [paired, { ...sentences, name: 'pairs' }] },
      'sources must be of different names; received pairs twice.',
    ],
    [{ sources: [{ ...paired, length: 7 }] }, 'sources[0].length must be at least batchSize, 8; received 7.'],
    [
      { sources: [{ ...paired, kind: 'video' }] },
      'sources[0].kind must be one of paired, image, text; received video.',
    ],
    [
      { sources: [{ ...paired, weight: 2 }] },
      "sources[0].weight must be left out unless strategy is 'weighted'; received 2.",
    ],
    [
      { sources: [{ ...paired, weight: -1 }], strategy: 'weighted' },
      'sources[0].weight must be a number of at least 0',
    ],
    [
      { sources: [{ ...paired, weight: 0 }], strategy: 'weighted' },
      'sources must be with a weight above 0; received only zeros.',
    ],
  ])('%j', (change, message) => {
    expect(() => createMixer({ ...reference, ...change } as MixerOptions)).toThrow(message);
  });

  test('a missing key is refused', () => {
    expect(ignored).toBeDefined();
    expect(faultsOf(() => createMixer(keyless as MixerOptions))).toMatchObject([{ path: 'key' }]);
    const nothing = undefined as unknown as MixerOptions; // as JavaScript may call it
    expect(faultsOf(() => createMixer(nothing))).toMatchObject([{ path: 'options' }]);
  });

  test('a length that is wrong is told alone, without what would follow of it', () => {
    const options = { ...reference, sources: [{ ...paired, length: -1 }] };
    expect(faultsOf(() => createMixer(options))).toMatchObject([{ path: 'sources[0].length' }]);
  });

  test('all faults are reported at once', () => {
    const bad = { ...reference, batchSize: 1.5, dropText: 2, strategy: 'x' } as unknown as MixerOptions;
    expect(() => createMixer(bad)).toThrow(/batchSize must.*\nstrategy must.*\n.*dropText must/s);
  });
});

test('what is saved of a stream of a million examples is as small as that of a thousand', () => {
  const sizeOf = (length: number) => {
    const mixer = createMixer({ ...reference, sources: [{ ...paired, length }] });
    take(mixer, 100);
    return JSON.stringify(mixer.state()).length;
  };
  expect(sizeOf(1_000_000) - sizeOf(1_000)).toBe('1000000'.length - '1000'.length); // the length itself
});
