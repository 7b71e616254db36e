import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** What a server does wrong with one request. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Record<string, string> }
  /** Ends the connection after some bytes. */
  | { readonly kind: 'cut'; readonly after: number }
  /** Sends some bytes and then nothing. */
  | { readonly kind: 'stall'; readonly after: number }
  /** Says that it sends less than it was asked for, and does. */
  | { readonly kind: 'less'; readonly bytes: number }
  /** Sends more than it was asked for. */
  | { readonly kind: 'more' }
  /** Says that the file is longer than it is. */
  | { readonly kind: 'longer' }
  /** Sends the file from its start, whatever was asked for. */
  | { readonly kind: 'whole' }
  /** Sends another part than it was asked for. */
  | { readonly kind: 'elsewhere' };

/** A web server that knows ranges and ETags, as far as it does nothing wrong. */
export interface FaultyServer {
  readonly url: string;
  /** What was asked for: method, path and range. */
  readonly requests: string[];
  /** Its files by path, which a test may change. */
  readonly files: Map<string, Uint8Array>;
}

/**
 * Starts a server that ends with the test.
 *
 * @param faultOf - What it does wrong with a request, by its path and by how many of the path came before.
 */
export async function startServer(
  content: Record<string, Uint8Array>,
  faultOf: (path: string, count: number) => Fault | undefined = () => undefined,
): Promise<FaultyServer> {
  const files = new Map(Object.entries(content));
  const requests: string[] = [];
  const counts = new Map<string, number>();
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url!.replace(/[?].*$/, '').slice(1));
    const count = counts.get(path) ?? 0;
    counts.set(path, count + 1);
    requests.push(`${request.method} ${path} ${request.headers.range ?? ''}`);
    const fault = faultOf(path, count);
    if (fault?.kind === 'status') response.writeHead(fault.status, fault.headers).end('no');
    else answer(request, response, files.get(path), fault);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests, files };
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  file: Uint8Array | undefined,
  fault: Fault | undefined,
): void {
  if (!file) return void response.writeHead(404).end();
  const etag = `"${createHash('sha256').update(file).digest('hex').slice(0, 16)}"`;
  if (request.headers['if-match'] !== undefined && request.headers['if-match'] !== etag)
    return void response.writeHead(412).end();
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  const ranged = from !== undefined && fault?.kind !== 'whole';
  if (!ranged) return void response.writeHead(200, { etag, 'content-length': file.length }).end(file);
  const start = Number(from) + (fault?.kind === 'elsewhere' ? 1 : 0);
  if (start >= file.length)
    return void response.writeHead(416, { 'content-range': `bytes */${file.length}` }).end();
  const end = Math.min(file.length, to === '' ? file.length : Number(to) + 1);
  const total = file.length + (fault?.kind === 'longer' ? 1000 : 0);
  const sent = fault?.kind === 'less' ? Math.min(end, start + fault.bytes) : end;
  const body = fault?.kind === 'more' ? file.subarray(start) : file.subarray(start, sent);
  response.writeHead(206, {
    etag,
    'content-length': body.length,
    'content-range': `bytes ${start}-${end - 1}/${total}`,
  });
  if (fault?.kind === 'cut') response.write(body.subarray(0, fault.after), () => response.destroy());
  else if (fault?.kind === 'stall') response.write(body.subarray(0, fault.after));
  else response.end(body);
}
