#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';
import { main } from '../dist/cli.js';

// Batches and pictures are typed arrays, which V8 counts against a limit that it derives from the small heap of objects: it would
// collect all garbage every second batch, at a fifth of the time of reading. The first is the limit that worker threads begin
// with, in MB; the second lets the heap of this thread grow to four times its size, V8's own most, between two collections.
setFlagsFromString('--initial-old-space-size=128');
setFlagsFromString('--heap-growing-percent=300');

// A reader that has seen enough, as in `m3ae --help | head`, is no failure.
process.stdout.on('error', (error) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await main(process.argv.slice(2));
