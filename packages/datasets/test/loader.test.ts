import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { RgbImage } from '@m3ae/preprocess';
import { createTokenizer, trimVocabulary } from '@m3ae/preprocess';
import { bytePairsOfMerges } from '@m3ae/preprocess/clip';
import { key } from '@m3ae/random';
import { describe, expect, test } from 'vitest';
import {
  type Batch,
  type BatchRequest,
  createLoader,
  type Dataset,
  type LoaderOptions,
  openFolder,
} from '../src/index.js';
import { pngOf } from './pictures.js';
import { messageOfRejection, temporaryFolder } from './temporary.js';
import { workerFromSource } from './worker-from-source.js';

const worker = workerFromSource();

/** A dataset by hand: picture i is `side` square with red = x, green = y, blue = i. */
function handMade(length: number, side = 8, image?: (index: number) => Promise<RgbImage>): Dataset {
  const draw = async (index: number): Promise<RgbImage> => {
    const data = new Uint8Array(side * side * 3);
    for (let y = 0, at = 0; y < side; y++)
      for (let x = 0; x < side; x++, at += 3) data.set([x, y, index], at);
    return { width: side, height: side, channels: 3, data };
  };
  return {
    name: 'hand-made',
    kind: 'paired',
    length,
    fingerprint: '',
    notes: [],
    labels: Int32Array.from({ length }, (_, i) => i % 3),
    caption: (index) => ['a dog', '', 'two cats sleeping'][index % 3]!,
    image: image ?? draw,
    describe: (index) => `picture ${index}`,
  };
}

const plain: LoaderOptions = {
  image: {
    size: 8,
    patchSize: 4,
    crop: { kind: 'square', min: 8, max: 8 },
    flip: 0,
    mean: [0, 0, 0],
    std: [1, 1, 1],
  },
  key: key(0),
};
const request = (...indices: number[]): BatchRequest => ({ step: 5, indices: Int32Array.from(indices) });

/** A picture twice as wide as high whose channels are all x. */
async function wide(): Promise<RgbImage> {
  const data = new Uint8Array(16 * 8 * 3);
  for (let i = 0; i < data.length; i++) data[i] = Math.floor(i / 3) % 16;
  return { width: 16, height: 8, channels: 3, data };
}

/** A picture whose channels are all 12 x, so that the scale of a view can be read off it. */
async function ramp(): Promise<RgbImage> {
  const data = new Uint8Array(20 * 20 * 3);
  for (let i = 0; i < data.length; i++) data[i] = (Math.floor(i / 3) % 20) * 12;
  return { width: 20, height: 20, channels: 3, data };
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

/** The pixels of each example of a batch, as text. */
async function rowsOf(options: LoaderOptions, asked: BatchRequest): Promise<string[]> {
  const { patches } = await createLoader(handMade(40, 20), options).load(asked);
  const length = patches!.data.length / asked.indices.length;
  return Array.from(asked.indices, (_, i) => patches!.data.slice(i * length, (i + 1) * length).join());
}

/** A dataset whose pictures wait for a call of `waiting`, with the indices that were asked for. */
function slow(): { dataset: Dataset; waiting: (() => void)[]; started: number[] } {
  const waiting: (() => void)[] = [];
  const started: number[] = [];
  const dataset = handMade(100, 8, async (index) => {
    started.push(index);
    await new Promise<void>((resolve) => waiting.push(resolve));
    return { width: 8, height: 8, channels: 3, data: new Uint8Array(192).fill(index) };
  });
  return { dataset, waiting, started };
}

describe('a batch', () => {
  test('holds the pixels of each patch in raster order, normalised', async () => {
    const mean = [0.1, 0.2, 0.3];
    const std = [0.5, 0.25, 2];
    const loader = createLoader(handMade(9), { ...plain, image: { ...plain.image!, mean, std } });
    const { patches, labels, indices } = await loader.load(request(7, 2));
    expect(patches!.shape).toEqual([2, 4, 48]);
    [7, 2].forEach((index, example) => {
      for (let patch = 0; patch < 4; patch++) {
        for (let pixel = 0; pixel < 16; pixel++) {
          const x = (patch % 2) * 4 + (pixel % 4);
          const y = Math.floor(patch / 2) * 4 + Math.floor(pixel / 4);
          [x, y, index].forEach((value, channel) => {
            const got = patches!.data[((example * 4 + patch) * 16 + pixel) * 3 + channel]!;
            expect(got).toBeCloseTo((value / 255 - mean[channel]!) / std[channel]!, 5);
          });
        }
      }
    });
    expect([labels!.shape, [...labels!.data], [...indices]]).toEqual([[2], [1, 2], [7, 2]]);
  });

  test('holds captions, padded; a dropped or empty one is all padding', async () => {
    const loader = createLoader(handMade(9), { key: key(0), text: { maxLength: 3 } });
    const batch = await loader.load({ ...request(0, 0, 1, 2), useText: Uint8Array.of(1, 0, 1, 1) });
    expect(batch.patches).toBeUndefined();
    expect(batch.tokenIds!.shape).toEqual([4, 3]);
    // Ids from transformers' BertTokenizer('bert-base-uncased'): a 1037, dog 3899, two 2048, cats 8870, sleeping 5777.
    expect([...batch.tokenIds!.data]).toEqual([1037, 3899, 0, 0, 0, 0, 0, 0, 0, 2048, 8870, 5777]);
    expect([...batch.paddingMask!.data]).toEqual([0, 0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0]);
  });

  test('uses a trimmed vocabulary from its mapping, through JSON', async () => {
    const { mapping } = trimVocabulary(createTokenizer(), ['a dog']);
    const tokenizer = JSON.parse(JSON.stringify(mapping)) as typeof mapping;
    const loader = createLoader(handMade(9), { key: key(0), text: { maxLength: 4, tokenizer } });
    const { tokenIds } = await loader.load(request(0));
    expect(tokenizer.ids).toEqual([0, 100, 101, 102, 103, 1037, 3899]); // specials, a, dog
    expect([...tokenIds!.data]).toEqual([5, 6, 0, 0]);
  });

  test("reads captions by CLIP's byte pairs, start and end around them", async () => {
    const tokenizer = bytePairsOfMerges('#version: 0.2\nd o\n');
    const loader = createLoader(handMade(9), { key: key(0), text: { maxLength: 7, tokenizer } });
    const { tokenIds, paddingMask } = await loader.load(request(0));
    const read = [...tokenIds!.data].map((id) => tokenizer.pieces[id]);
    expect(read).toEqual(['<|startoftext|>', 'a</w>', 'do', 'g</w>', '<|endoftext|>', '!', '!']);
    expect([...paddingMask!.data]).toEqual([0, 0, 0, 0, 0, 1, 1]);
  });

  test('for evaluation leaves chance out: shorter side resized, centre cut', async () => {
    const options = {
      ...plain,
      image: { size: 8, patchSize: 8, mean: [0, 0, 0], std: [1, 1, 1] },
      evaluation: true,
    };
    const { patches } = await createLoader(handMade(3, 8, wide), options).load(request(0));
    const row = Array.from(patches!.data.subarray(0, 24), (value) => Math.round(value * 255)).filter(
      (_, i) => i % 3 === 0,
    );
    expect(row).toEqual([4, 5, 6, 7, 8, 9, 10, 11]);
  });
});

describe('chance', () => {
  const random: LoaderOptions = {
    image: {
      size: 8,
      patchSize: 8,
      crop: { kind: 'square', min: 10, max: 20 },
      mean: [0, 0, 0],
      std: [1 / 255, 1 / 255, 1 / 255],
    },
    key: key(3),
  };
  test('follows key, step and position, and nothing else', async () => {
    const whole = await rowsOf(random, request(4, 5, 6, 7));
    expect(await rowsOf(random, request(4, 5, 6, 7))).toEqual(whole);
    expect(await rowsOf(random, { ...request(6, 7), firstPosition: 2 })).toEqual(whole.slice(2));
    expect((await rowsOf(random, request(9, 5, 9, 9)))[1]).toBe(whole[1]);
    expect((await rowsOf(random, request(4, 4, 4, 4))).every((row, i, all) => all.indexOf(row) === i)).toBe(
      true,
    );
    expect(await rowsOf(random, { ...request(4, 5, 6, 7), step: 6 })).not.toEqual(whole);
    expect(await rowsOf({ ...random, key: key(4) }, request(4, 5, 6, 7))).not.toEqual(whole);
  });

  test('a flip of probability 1 mirrors every view, of 0 none', async () => {
    for (const [flip, columns] of [
      [0, [0, 1, 2, 3, 4, 5, 6, 7]],
      [1, [7, 6, 5, 4, 3, 2, 1, 0]],
    ] as const) {
      const image = { ...plain.image!, patchSize: 8, flip, std: [1 / 255, 1 / 255, 1 / 255] };
      const { patches } = await createLoader(handMade(4), { ...plain, image }).load(request(0, 1, 2));
      for (let i = 0; i < 3; i++) {
        const red = columns.map((_, x) => Math.round(patches!.data[i * 192 + x * 3]!));
        expect(red).toEqual(columns);
      }
    }
  });

  test('crop sides cover [min, max], places the picture, and half of the views are mirrored', async () => {
    const sides = new Set<number>();
    let mirrored = 0;
    const loader = createLoader(handMade(1, 20, ramp), {
      ...random,
      image: { ...random.image!, size: 20, patchSize: 20 },
    });
    const count = 400;
    const { patches } = await loader.load({ step: 0, indices: new Int32Array(count) });
    for (let i = 0; i < count; i++) {
      const red = Array.from({ length: 20 }, (_, x) => patches!.data[i * 1200 + x * 3]!);
      if (red[0]! > red[19]!) mirrored++;
      // Inside, 12 x rises by 12 side / 20 a pixel.
      sides.add(Math.round(Math.abs(red[16]! - red[3]!) * (20 / 13 / 12)));
    }
    expect([...sides].sort((a, b) => a - b)).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
    expect(mirrored / count).toBeGreaterThan(0.4); // 4 standard deviations either side
    expect(mirrored / count).toBeLessThan(0.6);
  });
});

/** Twelve pictures with captions, of which 3, 4 and 9 cannot be decoded. */
async function folderWithBadFiles(): Promise<string> {
  const files: Record<string, string | Uint8Array> = {};
  for (let i = 0; i < 12; i++) {
    const name = String(i).padStart(2, '0');
    files[`${name}.png`] = await pngOf(i);
    files[`${name}.txt`] = `number ${i}`;
  }
  files['03.png'] = 'not a picture';
  files['04.png'] = files['04.png']!.slice(0, files['04.png']!.length / 2);
  files['09.png'] = '';
  return temporaryFolder(files);
}

const folderOptions = (workers: number): LoaderOptions => ({
  image: { size: 16, patchSize: 8 },
  text: { maxLength: 4 },
  key: key(1),
  workers,
  workerFile: worker.file,
  maxBadShare: 0.25,
});

describe('workers', () => {
  const requests = Array.from({ length: 7 }, (_, step) => ({
    step,
    indices: Int32Array.from({ length: 5 }, (__, i) => (step * 5 + i) % 12),
    useText: Uint8Array.of(1, 1, 0, 1, 1),
  }));

  test('0, 1 and 3 of them give the same batches and the same list of bad files', async () => {
    const path = await folderWithBadFiles();
    const results = [];
    for (const workers of [0, 1, 3]) {
      const loader = createLoader({ kind: 'folder', path }, folderOptions(workers));
      const batches: Batch[] = [];
      for await (const batch of loader.stream(requests)) batches.push(batch);
      const { badFiles, ...counts } = loader.stats();
      // Not the reasons: the decoder words them differently when two files fail at the same moment.
      const bad = badFiles.map(({ index, name }) => [index, name]);
      results.push({ batches, counts, bad });
      expect(badFiles[0]!.reason).toContain('03.png cannot be decoded: ');
      await loader.close();
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
    const { batches, counts, bad } = results[0]!;
    expect(batches).toHaveLength(7);
    expect([...batches[0]!.indices]).toEqual([0, 1, 2, 5, 5]); // 3 and 4 are replaced by the next that decodes
    expect([...batches[0]!.tokenIds!.data.subarray(12, 16)]).toEqual([2193, 1019, 0, 0]); // "number 5": its own caption
    const replaced = requests
      .flatMap(({ indices }) => [...indices])
      .filter((i) => [3, 4, 9].includes(i)).length;
    expect(counts).toEqual({ batches: 7, examples: 35, replaced });
    expect(bad).toEqual([
      [3, '03.png'],
      [4, '04.png'],
      [9, '09.png'],
    ]);
  });

  test.each([0, 2])('past maxBadShare the loader stops, with %d workers', async (workers) => {
    const path = await folderWithBadFiles();
    const loader = createLoader({ kind: 'folder', path }, { ...folderOptions(workers), maxBadShare: 0.2 });
    const message = await messageOfRejection(
      (async () => {
        for await (const batch of loader.stream(requests)) expect(batch.indices).toHaveLength(5);
      })(),
    );
    expect(message).toMatch(
      /^3 of the 12 pictures of folder\/all cannot be decoded, more than maxBadShare 0\.2 allows: /,
    );
    expect(message).toContain('Mend or remove them, or raise maxBadShare.');
    await expect(loader.load(requests[0]!)).rejects.toThrow('cannot be decoded');
    await loader.close();
  });

  test('a dataset with nothing to decode is an error, not a loop', async () => {
    const path = await temporaryFolder({ 'a.png': 'x', 'b.png': 'y' });
    const loader = createLoader(
      { kind: 'folder', path, captions: 'none' },
      { ...folderOptions(0), maxBadShare: 1 },
    );
    await expect(loader.load(request(1))).rejects.toThrow('No picture of folder/all can be decoded.');
  });

  test('a bad request is the same error as in the calling thread, and harms no other', async () => {
    const dataset = await openFolder({ kind: 'folder', path: await folderWithBadFiles() });
    for (const workers of [0, 1]) {
      const loader = createLoader(dataset, folderOptions(workers));
      const faults = [loader.load(request(12)), loader.load({ ...request(1), step: -1 })];
      faults.push(loader.load({ ...request(1), useText: new Uint8Array(2) }));
      const good = loader.load(request(1));
      const outcomes = await Promise.allSettled(faults);
      expect(
        outcomes.map((outcome) => outcome.status === 'rejected' && (outcome.reason as Error).message),
      ).toEqual([
        'indices must be from 0 to 11; received 12. folder/all has 12 examples.',
        'step must be an integer of at least 0; received -1. Count the steps from 0.',
        'useText must be one number an index, 1; received 2. Leave it out to use every caption.',
      ]);
      expect(
        outcomes.every((outcome) => outcome.status === 'rejected' && outcome.reason instanceof RangeError),
      ).toBe(true);
      expect([...(await good).indices]).toEqual([1]);
      await loader.close();
    }
  });

  test.each([
    ['throws', 'parentPort.on("message", () => { throw new Error("out of luck"); })', 'crashed: out of luck'],
    ['exits', 'parentPort.on("message", () => process.exit(7))', 'ended with exit code 7'],
    ['throws at once', 'throw new Error("no start"); parentPort.on', 'crashed: no start'],
  ])('a worker that %s fails every batch, and nothing hangs', async (_, code, why) => {
    const workerFile = await worker.script(`import { parentPort } from 'node:worker_threads';\n${code}`);
    const dataset = await openFolder({ kind: 'folder', path: await folderWithBadFiles() });
    const loader = createLoader(dataset, { ...folderOptions(2), workerFile, queueSize: 3 });
    const outcomes = await Promise.allSettled(requests.map((asked) => loader.load(asked)));
    const message = `A worker thread of the loader ${why}. Run with workers: 0 to see it in the calling thread.`;
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { message } });
    await expect(loader.load(requests[0]!)).rejects.toThrow(message);
    await loader.close();
  });

  test.each([
    ['closes its loader', 'await loader.close();'],
    ['forgets to', ''],
  ])('a program that %s goes on, and ends by itself', async (_, close) => {
    const script = await worker.script(`
      import { createLoader } from './index.mjs';
      const spec = { kind: 'folder', path: ${JSON.stringify(await folderWithBadFiles())} };
      const options = { text: { maxLength: 4 }, key: [0, 0], workers: 3, workerFile: ${JSON.stringify(worker.file)} };
      const loader = createLoader(spec, options);
      for await (const { indices } of loader.stream([0, 1, 2, 3].map((step) => ({ step, indices: Int32Array.of(step) })))) {
        console.log(indices[0]);
      }
      ${close}
      console.log('end');
    `);
    const { stdout } = await promisify(execFile)(process.execPath, [script]); // Rejects unless the exit code is 0.
    expect(stdout).toBe('0\n1\n2\n3\nend\n');
  });

  test('a dataset made by hand stays in the calling thread', async () => {
    const loader = createLoader(handMade(3), { ...plain, workers: 1, workerFile: worker.file });
    await expect(loader.load(request(0))).rejects.toThrow(
      'hand-made was made by hand and cannot cross to a worker thread. Pass workers: 0, or open it by the module',
    );
  });
});

describe('the queue', () => {
  test('is bounded: no more than queueSize batches are worked on', async () => {
    const { dataset, waiting, started } = slow();
    const loader = createLoader(dataset, { ...plain, queueSize: 2 });
    const loads = [0, 1, 2, 3].map((index) => loader.load(request(index)));
    await settle();
    expect(started).toEqual([0, 1]);
    waiting.shift()!();
    await loads[0];
    await settle();
    expect(started).toEqual([0, 1, 2]);
    while (started.length < 4 || waiting.length > 0) {
      waiting.shift()?.();
      await settle();
    }
    expect((await Promise.all(loads)).map(({ indices }) => indices[0])).toEqual([0, 1, 2, 3]);
  });

  test('a stream asks for queueSize ahead, in order, and no further', async () => {
    const asked: number[] = [];
    async function* requests(): AsyncGenerator<BatchRequest> {
      for (let step = 0; step < 6; step++) {
        asked.push(step);
        yield { step, indices: Int32Array.of(step) };
      }
    }
    const loader = createLoader(handMade(9), { ...plain, queueSize: 3 });
    const stream = loader.stream(requests());
    expect((await stream.next()).value!.indices[0]).toBe(0);
    await settle();
    expect(asked).toEqual([0, 1, 2]);
    const rest: number[] = [];
    for await (const { indices } of stream) rest.push(indices[0]!);
    expect(rest).toEqual([1, 2, 3, 4, 5]);
  });

  test('a stream that is left early closes its source; a fault surfaces at its place', async () => {
    let closed = false;
    function* requests(): Generator<BatchRequest> {
      try {
        for (const index of [0, 1, 99, 3]) yield request(index);
      } finally {
        closed = true;
      }
    }
    const loader = createLoader(handMade(9), { ...plain, queueSize: 4 });
    for await (const { indices } of loader.stream(requests())) {
      expect(indices[0]).toBe(0);
      break;
    }
    expect(closed).toBe(true);
    const seen: number[] = [];
    const run = async (): Promise<void> => {
      for await (const { indices } of loader.stream(requests())) seen.push(indices[0]!);
    };
    await expect(run()).rejects.toThrow('indices must be from 0 to 8; received 99.');
    expect(seen).toEqual([0, 1]);
  });

  test('close ends what is under way and what comes later', async () => {
    const dataset = await openFolder({ kind: 'folder', path: await folderWithBadFiles() });
    const loader = createLoader(dataset, { ...folderOptions(1), queueSize: 2 });
    await loader.load(request(1));
    const loads = [0, 1, 2].map((index) => loader.load(request(index)));
    const outcomes = Promise.allSettled(loads);
    await loader.close();
    await loader.close();
    const message = 'The loader was closed. Make a new one to load more.';
    for (const outcome of await outcomes)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { message } });
    await expect(loader.load(request(0))).rejects.toThrow(message);
  });

  test('faults of the dataset show at the first load, and may be ignored', async () => {
    const loader = createLoader({ kind: 'folder', path: '/not/there' }, plain);
    await expect(loader.load(request(0))).rejects.toThrow('The folder /not/there does not exist.');
    await expect(loader.dataset()).rejects.toThrow('does not exist');
    await loader.close();
    createLoader({ kind: 'folder', path: '/not/there' }, plain); // Never used: no unhandled rejection.
  });
});

test('all faults of the options are reported at once', () => {
  const options = {
    image: {
      size: 50,
      patchSize: 8,
      flip: 2,
      mean: [0, 0],
      std: [1, 0, 1],
      crop: { kind: 'square', min: 9, max: 8 },
      sise: 1,
    },
    text: { maxLength: 0, tokenizer: 'gpt', maxLenght: 3 },
    key: 0,
    worker: 2,
    workers: -1,
    queueSize: 0,
    maxBadShare: 5,
  };
  let message = '';
  try {
    createLoader(handMade(1), options as never);
  } catch (error) {
    message = (error as Error).message;
  }
  expect(message.split('\n').map((line) => line.slice(0, line.indexOf(' must')))).toEqual([
    'worker',
    'image.sise',
    'image.crop.min',
    'image.flip',
    'image.mean',
    'image.std',
    'image.patchSize',
    'text.maxLenght',
    'text.maxLength',
    'text.tokenizer',
    'key',
    'workers',
    'queueSize',
    'maxBadShare',
  ]);
  expect(message).toContain('worker must be a known option; received worker. Did you mean workers?');
  expect(message).toContain(
    'image.patchSize must be a divisor of image.size, 50; received 8. For a size of 256 take 16; for 48 take 8.',
  );
});
