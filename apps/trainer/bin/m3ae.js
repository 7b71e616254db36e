#!/usr/bin/env node
import { main } from '../dist/cli.js';

// A reader that has seen enough, as in `m3ae --help | head`, is no failure.
process.stdout.on('error', (error) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await main(process.argv.slice(2));
