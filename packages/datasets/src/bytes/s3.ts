import { unusable } from '@m3ae/errors';

type Environment = Readonly<Record<string, string | undefined>>;

/** What requests are signed with. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Credentials of the environment; undefined where there are none: then buckets must be public. */
export function credentialsOf(environment: Environment): Credentials | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment;
  if (!accessKeyId || !secretAccessKey) return undefined;
  const sessionToken = environment.AWS_SESSION_TOKEN;
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
}

/** The region of the environment. */
export function regionOf({ AWS_REGION, AWS_DEFAULT_REGION }: Environment): string {
  return AWS_REGION || AWS_DEFAULT_REGION || 'us-east-1';
}

/** The parts of `s3://bucket/key`. */
export function splitS3(address: string): { readonly bucket: string; readonly key: string } {
  const [, bucket, key = ''] = /^s3:\/\/([^/]+)\/?(.*)$/is.exec(address) ?? [];
  if (bucket !== undefined) return { bucket, key };
  throw unusable(`${address} names no bucket. Write e.g. s3://my-bucket/shards/000.tar.`);
}

/**
 * Where a bucket lies, with a slash at the end: under `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL` in path style, as all
 * other stores than Amazon's understand it; else at Amazon's host of the bucket.
 */
export function urlOfBucket(bucket: string, region: string, environment: Environment): string {
  const endpoint = environment.AWS_ENDPOINT_URL_S3 || environment.AWS_ENDPOINT_URL;
  if (endpoint) return `${endpoint.replace(/\/+$/, '')}/${bucket}/`;
  // No certificate covers a bucket with dots in its name.
  return bucket.includes('.')
    ? `https://s3.${region}.amazonaws.com/${bucket}/`
    : `https://${bucket}.s3.${region}.amazonaws.com/`;
}

/** The headers of a request, with a signature of its address where there are credentials. */
export async function signHeaders(
  url: string,
  headers: Record<string, string>,
  region: string,
  credentials: Credentials | undefined,
): Promise<Record<string, string>> {
  if (!credentials) return headers;
  const { AwsV4Signer } = await import('aws4fetch'); // where it is needed: most data need no signature
  // What servers on the way may change (accept-encoding, range) is not signed.
  const signed = await new AwsV4Signer({ ...credentials, url, service: 's3', region }).sign();
  const all = { ...headers };
  signed.headers.forEach((value, name) => (all[name] = value));
  return all;
}
