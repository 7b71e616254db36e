import { unusable } from '@m3ae/errors';
import { escapePath } from './file.js';
import { credentialsOf, regionOf, signHeaders, splitS3, urlOfBucket } from './s3.js';

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
export async function sendToBucket(bucket: string, path: string, sending: Sending): Promise<Response> {
  const ask = async (region: string) => {
    const url = `${urlOfBucket(bucket, region, process.env)}${path}`;
    const headers = await signHeaders(url, sending.headers, region, credentialsOf(process.env));
    return follow(url, { ...sending, headers, redirect: 'manual' });
  };
  const told = regions.get(bucket) ?? regionOf(process.env);
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
    : credentialsOf(process.env)
      ? 'Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and what they may read.'
      : 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, unless the bucket is public and the name wrong.';
  return `${address} may not be read: ${answer}. ${remedy}`;
}
