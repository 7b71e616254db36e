import { unusable } from '@m3ae/errors';
import { splitS3 } from './s3.js';
import { explainRefusal, sendToBucket } from './send.js';
import { countAttempts, Interrupted, patience, retryAfter } from './retry.js';

/** An object of a bucket. */
export interface ListedObject {
  /** `s3://bucket/key`. */
  readonly address: string;
  readonly size: number;
}

/**
 * Lists the objects whose address begins with a text, in the order of their keys.
 *
 * @param prefix - `s3://bucket/first/letters`.
 */
export async function* listObjects(prefix: string): AsyncGenerator<ListedObject, void, void> {
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
