import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver from 's3rver';

/** A store with one bucket, `data`. */
export interface Store {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts s3rver and puts objects into its bucket, by key. */
export async function startStore(objects: Readonly<Record<string, Uint8Array>>): Promise<Store> {
  const directory = await mkdtemp(join(tmpdir(), 'm3ae-s3-'));
  const configureBuckets = [{ name: 'data' }];
  const server = new S3rver({ port: 0, address: '127.0.0.1', silent: true, directory, configureBuckets });
  const { port } = await server.run();
  const url = `http://127.0.0.1:${port}`;
  for (const [name, body] of Object.entries(objects)) {
    const path = name.split('/').map(encodeURIComponent).join('/');
    const answer = await fetch(`${url}/data/${path}`, { method: 'PUT', body: Buffer.from(body) });
    if (!answer.ok) throw new Error(`${name}: ${answer.status} ${await answer.text()}`);
  }
  return {
    url,
    async close() {
      await server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Sets variables of the environment; those that are undefined are removed. */
export function setEnvironment(variables: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
