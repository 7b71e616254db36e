import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStored, lookUpRemote, readRemote } from '../src/bytes/open-file.js';
import { retryAfter, Unreachable } from '../src/bytes/retry.js';
import { urlOfBucket } from '../src/bytes/send.js';
import { withWindows } from '../src/bytes/chunks.js';
import { type Fault, startServer } from './faulty-server.js';
import { messageOfRejection, temporaryFolder } from './temporary.js';

const quick = { attempts: 4, firstDelay: 1, longestDelay: 20, silence: 100 };
const content = Uint8Array.from({ length: 300_000 }, (_, at) => (at * 7 + (at >> 8)) % 256);

/** Reads a file whole and in part from a server that does wrong with the n-th request after the look-up. */
async function readDespite(faults: readonly (Fault | undefined)[]) {
  const server = await startServer({ x: content }, (_, count) => faults[count - 1]);
  const file = (await lookUpRemote(`${server.url}/x`, quick))!;
  const pieces: Uint8Array[] = [];
  for await (const piece of file.stream()) pieces.push(piece);
  return { server, file, whole: Buffer.concat(pieces), part: await file.read(1000, 5000) };
}

const faults: Record<string, readonly (Fault | undefined)[]> = {
  'a cut': [{ kind: 'cut', after: 70_000 }],
  'cut again and again, but a little further each time': Array.from({ length: 12 }, () => ({
    kind: 'cut',
    after: 20_000,
  })),
  'a stall': [{ kind: 'stall', after: 50_000 }],
  'a silence from the start': [{ kind: 'stall', after: 0 }],
  'less than was asked for': [{ kind: 'less', bytes: 1234 }],
  'more than was asked for': [undefined, { kind: 'more' }],
  'another part': [{ kind: 'elsewhere' }],
  'the file from its start': [{ kind: 'cut', after: 90_000 }, { kind: 'whole' }, { kind: 'whole' }],
  'too many requests': [{ kind: 'status', status: 429, headers: { 'retry-after': '0' } }],
  'no service, three times': Array.from({ length: 3 }, () => ({ kind: 'status', status: 503 })),
};

test.each(Object.entries(faults))('%s: the bytes are those of the file', async (_, wrong) => {
  const { whole, part } = await readDespite(wrong);
  expect(whole.equals(content)).toBe(true);
  expect(Buffer.from(part).equals(content.subarray(1000, 6000))).toBe(true);
});

test('after a cut it goes on from there, and asks for the same version', async () => {
  const { server } = await readDespite([{ kind: 'cut', after: 70_000 }]);
  const [, first, second] = server.requests;
  expect(first).toBe('GET x bytes=0-299999');
  const from = Number(/bytes=(\d+)-299999/.exec(second!)![1]);
  expect(from).toBeGreaterThan(0);
  expect(from).toBeLessThanOrEqual(70_000);
});

test('a file that changes between two parts is a fault', async () => {
  const server = await startServer({ x: content });
  const file = (await lookUpRemote(`${server.url}/x`, quick))!;
  await file.read(0, 10);
  server.files.set(
    'x',
    content.map((byte) => byte ^ 1),
  );
  expect(await messageOfRejection(file.read(10, 10))).toContain('has changed while it was read');
  // In another thread, which knows the file from the first.
  expect(await messageOfRejection(openStored(file).read(10, 10))).toContain('has changed');
});

test('a file that is shorter than its server says ends in a fault, never in other bytes', async () => {
  const server = await startServer({ x: content }, () => ({ kind: 'longer' }));
  const file = (await lookUpRemote(`${server.url}/x`, quick))!;
  await expect(file.read(299_000, 1500)).rejects.toThrow(/ends .* early|has changed/);
});

test('a server that stays silent is given up, and asked once from then on', async () => {
  const server = await startServer({ x: content }, (_, count) =>
    count > 0 && count < 6 ? { kind: 'status', status: 503 } : undefined,
  );
  const file = (await lookUpRemote(`${server.url}/x`, quick))!;
  const error = await file.read(0, 10).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(Unreachable);
  expect(String(error)).toContain('answers 503');
  expect(server.requests.length).toBe(1 + quick.attempts);
  await expect(file.read(0, 10)).rejects.toBeInstanceOf(Unreachable);
  expect(server.requests.length).toBe(2 + quick.attempts);
  expect(await file.read(0, 10)).toEqual(Buffer.from(content.subarray(0, 10))); // it is there again
});

test('nobody listens: told with the reason of the system', async () => {
  const error = await lookUpRemote('http://127.0.0.1:1/x', quick).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(Unreachable);
  expect(String(error)).toMatch(/cannot be reached: .*(ECONNREFUSED|bad port)/);
});

test('what is not there, may not be read, or leads in a circle is told at once', async () => {
  const server = await startServer({ x: content }, (path) =>
    path === 'secret'
      ? { kind: 'status', status: 403 }
      : path === 'circle'
        ? { kind: 'status', status: 302, headers: { location: '/circle' } }
        : path === 'moved'
          ? { kind: 'status', status: 307, headers: { location: '/x' } }
          : undefined,
  );
  expect(await lookUpRemote(`${server.url}/none`, quick)).toBeUndefined();
  expect(await messageOfRejection(lookUpRemote(`${server.url}/secret`, quick))).toContain('answers 403');
  expect(await messageOfRejection(lookUpRemote(`${server.url}/circle`, quick))).toContain('without end');
  expect(server.requests.length).toBeLessThan(30);
  const moved = await readRemote(`${server.url}/moved`, quick);
  expect((await lookUpRemote(`${server.url}/moved`, quick))!.size).toBe(content.length);
  expect(content.every((byte, at) => byte === moved[at])).toBe(true);
});

test('what is no address, or holds a password, is refused at once and not repeated', async () => {
  expect(await messageOfRejection(lookUpRemote('http://', quick))).toContain('is no address');
  const message = await messageOfRejection(lookUpRemote('https://me:secret@example.org/x', quick));
  expect(message).toContain('example.org must hold no name and password');
  expect(message).not.toContain('secret');
  expect(await messageOfRejection(lookUpRemote('s3://', quick))).toContain('names no bucket');
});

test('an empty file has no bytes, and a server without ranges sends small files alone in part', async () => {
  const large = new Uint8Array(17 << 20);
  const server = await startServer({ empty: new Uint8Array(), x: content, large }, (path) =>
    path === 'empty' ? undefined : { kind: 'whole' },
  );
  const empty = (await lookUpRemote(`${server.url}/empty`, quick))!;
  expect([empty.size, (await readRemote(`${server.url}/empty`, quick)).length]).toEqual([0, 0]);
  const small = (await lookUpRemote(`${server.url}/x`, quick))!;
  expect(await small.read(500, 9)).toEqual(Buffer.from(content.subarray(500, 509)));
  const big = (await lookUpRemote(`${server.url}/large`, quick))!;
  expect(await messageOfRejection(big.read(500, 9))).toContain('sends no parts of a file');
});

test('a server may ask to wait: for seconds, or until a time by its own clock', () => {
  const after = (headers: Record<string, string>) => retryAfter(new Headers(headers));
  const date = 'Wed, 21 Oct 2015 07:28:00 GMT';
  expect(after({ 'retry-after': '3' })).toBe(3000);
  expect(after({ 'retry-after': 'Wed, 21 Oct 2015 07:28:05 GMT', date })).toBe(5000);
  expect([after({ 'retry-after': 'soon', date }), after({})]).toEqual([undefined, undefined]);
});

test('small pieces of a file are read with what lies around them', async () => {
  const folder = await temporaryFolder({ x: content });
  const reads: number[] = [];
  const file = openStored({ address: join(folder, 'x'), size: content.length });
  const near = withWindows({
    ...file,
    read: (start, length) => (reads.push(start), file.read(start, length)),
  });
  for (const [start, length] of [
    [0, 512],
    [512, 3000],
    [65_000, 512],
    [65_536, 512],
    [3000, 10],
    [200_000, 90_000],
  ] as const) {
    const bytes = await near.read(start, length);
    expect(Buffer.from(bytes).equals(content.subarray(start, start + length))).toBe(true);
  }
  expect(reads).toEqual([0, 65_536, 200_000]);
});

test('buckets lie at their store, in path style, or at the host that Amazon gives them', () => {
  expect(urlOfBucket('data', 'eu-west-1', {})).toBe('https://data.s3.eu-west-1.amazonaws.com/');
  expect(urlOfBucket('my.data', 'eu-west-1', {})).toBe('https://s3.eu-west-1.amazonaws.com/my.data/');
  expect(urlOfBucket('data', 'x', { AWS_ENDPOINT_URL: 'http://localhost:9000/' })).toBe(
    'http://localhost:9000/data/',
  );
  const both = { AWS_ENDPOINT_URL: 'http://a', AWS_ENDPOINT_URL_S3: 'http://b' };
  expect(urlOfBucket('data', 'x', both)).toBe('http://b/data/');
});
