// Runs our training step and others' in turn, several rounds in one sitting, and prints the smallest times.
//
//   node apps/trainer/bench/compare.mjs --rounds 5 --threads 1 \
//     --peer "torch float32=python m3ae_torch.py small 4 1 fp32 eager 3"
//
// A peer is NAME=COMMAND; the command must print one line of JSON with min_s and peak_rss_mb, as bench/README.md's
// script does. --ours COMMAND replaces our own command. Every other argument goes to `m3ae bench step`.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../bin/m3ae.js', import.meta.url));

/** Splits the command line into rounds, peers and what is meant for ours. */
function parse(args) {
  const options = { rounds: 3, peers: [], ours: [], command: undefined };
  for (let i = 0; i < args.length; i++) {
    if (args[i] === '--rounds') options.rounds = Number(args[++i]);
    else if (args[i] === '--ours') options.command = args[++i];
    else if (args[i] === '--peer') options.peers.push(peerOf(args[++i] ?? ''));
    else options.ours.push(args[i]);
  }
  if (!Number.isInteger(options.rounds) || options.rounds < 1) {
    fail(`--rounds must be a positive integer; received ${options.rounds}. Use e.g. --rounds 3.`);
  }
  return options;
}

function peerOf(text) {
  const at = text.indexOf('=');
  if (at < 1)
    fail(`--peer must be NAME=COMMAND; received ${text}. Write e.g. --peer "torch=python m3ae_torch.py …".`);
  return { name: text.slice(0, at), command: text.slice(at + 1) };
}

function fail(message) {
  console.error(message);
  process.exit(2);
}

/** Runs one command and reads the last line of JSON that it prints. */
function measure({ name, command, args }) {
  const result = spawnSync(command, args ?? [], {
    encoding: 'utf8',
    shell: args === undefined,
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 28,
  });
  const line = (result.stdout ?? '')
    .trim()
    .split('\n')
    .findLast((text) => text.startsWith('{'));
  if (result.status !== 0 || line === undefined) fail(`${name} failed with exit code ${result.status}.`);
  return JSON.parse(line);
}

const { rounds, peers, ours, command } = parse(process.argv.slice(2));
const contestants = [
  command === undefined
    ? { name: 'm3ae', command: process.execPath, args: [bin, 'bench', 'step', '--json', ...ours] }
    : { name: 'm3ae', command },
  ...peers,
];
const results = new Map(contestants.map(({ name }) => [name, []]));
for (let round = 1; round <= rounds; round++) {
  for (const contestant of contestants) {
    const result = measure(contestant);
    results.get(contestant.name).push(result);
    console.error(
      `round ${round} of ${rounds}: ${contestant.name} ${result.min_s} s, ${result.peak_rss_mb} MiB`,
    );
  }
}

const best = (name) => Math.min(...results.get(name).map(({ min_s }) => min_s));
console.log('name | min s | times ours | peak MiB');
console.log('--- | ---: | ---: | ---:');
for (const { name } of contestants) {
  const memory = Math.max(...results.get(name).map(({ peak_rss_mb }) => peak_rss_mb));
  console.log(`${name} | ${best(name).toFixed(3)} | ${(best(name) / best('m3ae')).toFixed(2)} | ${memory}`);
}
