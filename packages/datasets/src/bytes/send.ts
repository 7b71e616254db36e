import { unusable } from '@m3ae/errors';
import { escapePath } from './file.js';
import { countAttempts, Interrupted, patience, retryAfter } from './retry.js';

/** Regions of buckets that lie elsewhere than we were told. */
const regions = new Map<string, string>();

interface Sending {
  readonly headers: Record<string, string>;
  readonly signal: AbortSignal;
}

/** Asks for an address: as it is, or as S3 wants it, signed where there are credentials. */
export async function send(address: string, sending: Sending): Promise<Response> {
  if (!/^s3:/i.test(address)) {
    refuseOddAddress(address);
    return follow(address, { ...sending, redirect: 'follow' });
  }
  const { bucket, key } = splitS3(address);
  if (key === '')
    throw unusable(`${address} names a bucket and no object. Write s3://${bucket}/ and its key.`);
  return sendToBucket(bucket, escapePath(key), sending);
}

/** Asks for something in a bucket, once more where its store says that it lies in another region. */
async function sendToBucket(bucket: string, path: string, sending: Sending): Promise<Response> {
  const ask = async (region: string) => {
    const url = `${urlOfBucket(bucket, region, process.env)}${path}`;
    const headers = await signHeaders(url, sending.headers, region);
    return follow(url, { ...sending, headers, redirect: 'manual' });
  };
  const told = regions.get(bucket) ?? usualRegion();
  const response = await ask(told);
  const region = response.headers.get('x-amz-bucket-region') ?? told;
  if (response.ok || region === told) return response;
  await response.body?.cancel();
  regions.set(bucket, region);
  return ask(region);
}

/** What `fetch` refuses, and would be asked again and again. */
function refuseOddAddress(address: string): void {
  if (!URL.canParse(address))
    throw unusable(`${address} is no address. Write e.g. https://example.org/000.tar.`);
  const { username, password, host } = new URL(address);
  if (username === '' && password === '') return;
  throw unusable(
    `The address at ${host} must hold no name and password, as it is written into logs. Fetch the file with them and name its path.`,
  );
}

async function follow(url: string, options: RequestInit): Promise<Response> {
  try {
    return await fetch(url, options);
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (!(cause instanceof Error && cause.message.includes('redirect'))) throw error;
    const sentence = `${url} leads from address to address without end. Check it in a browser.`;
    throw unusable(sentence, { cause: error });
  }
}

/** The sentence for an answer that says no. */
export function explainRefusal(address: string, status: number, text: string): string {
  const [, code] = /<Code>(\w+)<\/Code>/.exec(text) ?? [];
  const answer = `its server answers ${status}${code === undefined ? '' : ` (${code})`}`;
  if (status !== 401 && status !== 403) return `${address} cannot be read: ${answer}. Check the address.`;
  const remedy = !/^s3:/i.test(address)
    ? 'Fetch it with your credentials and name its path, or use an address that needs none.'
    : credentials()
      ? 'Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and what they may read.'
      : 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, unless the bucket is public and the name wrong.';
  return `${address} may not be read: ${answer}. ${remedy}`;
}

/** What requests are signed with, of the environment; undefined where there is nothing: then buckets must be public. */
function credentials() {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN: sessionToken } = process.env;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) return undefined;
  const keys = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
  return { ...keys, ...(sessionToken && { sessionToken }) };
}

/** The region of the environment. */
function usualRegion(): string {
  return process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION || 'us-east-1';
}

/** The parts of `s3://bucket/key`. */
function splitS3(address: string): { readonly bucket: string; readonly key: string } {
  const [, bucket, key = ''] = /^s3:\/\/([^/]+)\/?(.*)$/is.exec(address) ?? [];
  if (bucket !== undefined) return { bucket, key };
  throw unusable(`${address} names no bucket. Write e.g. s3://my-bucket/shards/000.tar.`);
}

/**
 * Where a bucket lies, with a slash at the end: under `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL` in path style, as all
 * other stores than Amazon's understand it; else at Amazon's host of the bucket.
 */
export function urlOfBucket(bucket: string, region: string, environment: NodeJS.ProcessEnv): string {
  const endpoint = environment.AWS_ENDPOINT_URL_S3 || environment.AWS_ENDPOINT_URL;
  if (endpoint) return `${endpoint.replace(/\/+$/, '')}/${bucket}/`;
  // No certificate covers a bucket with dots in its name.
  return bucket.includes('.')
    ? `https://s3.${region}.amazonaws.com/${bucket}/`
    : `https://${bucket}.s3.${region}.amazonaws.com/`;
}

/** The headers of a request, with a signature of its address where there are credentials. */
async function signHeaders(
  url: string,
  headers: Record<string, string>,
  region: string,
): Promise<Record<string, string>> {
  const keys = credentials();
  if (!keys) return headers;
  const { AwsV4Signer } = await import('aws4fetch'); // where it is needed: most data need no signature
  // What servers on the way may change (accept-encoding, range) is not signed.
  const signed = await new AwsV4Signer({ ...keys, url, service: 's3', region }).sign();
  const all = { ...headers };
  signed.headers.forEach((value, name) => (all[name] = value));
  return all;
}

/**
 * Lists the objects whose address begins with a text, in the order of their keys.
 *
 * @param prefix - `s3://bucket/first/letters`.
 */
export async function* listObjects(prefix: string) {
  const { bucket, key } = splitS3(prefix);
  let token: string | undefined;
  do {
    const query = new URLSearchParams({ 'list-type': '2', prefix: key });
    if (token !== undefined) query.set('continuation-token', token);
    const page = await pageOf(prefix, bucket, query);
    for (const [, object = ''] of page.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
      yield { address: `s3://${bucket}/${textOf(object, 'Key')}`, size: Number(textOf(object, 'Size')) };
    }
    token = textOf(page, 'NextContinuationToken');
  } while (token !== undefined);
}

async function pageOf(prefix: string, bucket: string, query: URLSearchParams): Promise<string> {
  const attempts = countAttempts(prefix, patience);
  while (true) {
    try {
      const signal = AbortSignal.timeout(patience.silence);
      const response = await sendToBucket(bucket, `?${query}`, { headers: {}, signal });
      const text = await response.text();
      if (response.ok) return text;
      const mayPass = response.status === 429 || response.status >= 500;
      if (!mayPass) throw unusable(explainRefusal(prefix, response.status, text));
      throw new Interrupted(`its server answers ${response.status}`, retryAfter(response.headers));
    } catch (error) {
      await attempts.afterFailure(error);
    }
  }
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** What stands in an element of an answer of S3; its elements hold no others of their name. */
function textOf(xml: string, element: string): string | undefined {
  const [, text] = new RegExp(`<${element}>(.*?)</${element}>`, 's').exec(xml) ?? [];
  return text?.replaceAll(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (whole, decimal, hexadecimal, name) => {
    if (name !== undefined) return entities[name as string] ?? whole;
    return String.fromCodePoint(
      decimal === undefined ? Number.parseInt(hexadecimal as string, 16) : Number(decimal),
    );
  });
}
