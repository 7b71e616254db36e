// Runs programs in turns, in one sitting, and sets their times beside each other.
//
//   node apps/bench/compare.mjs [--rounds 5] -- COMMAND [ARGUMENT …] -- COMMAND [ARGUMENT …]
//
// Each prints one line of JSON with min_s, and if it likes median_s and peak_rss_mb, as `m3ae bench step --json` does.
import { spawnSync } from 'node:child_process';

const fewestRounds = 5;

function fail(message) {
  console.error(message);
  process.exit(2);
}

/** What stands before the first `--`, and what stands after each. */
function parts(args) {
  const groups = [[]];
  for (const arg of args) {
    if (arg === '--') groups.push([]);
    else groups.at(-1).push(arg);
  }
  return groups;
}

/** Runs one program and reads the last line of JSON that it prints. */
function measure(name, [program, ...args]) {
  const stdio = ['ignore', 'pipe', 'inherit'];
  const { stdout, status, error } = spawnSync(program, args, { encoding: 'utf8', stdio, maxBuffer: 2 ** 28 });
  const line = (stdout ?? '')
    .trim()
    .split('\n')
    .findLast((text) => text.startsWith('{'));
  if (status !== 0) fail(`${name} failed: ${error?.message ?? `exit code ${status}`}.`);
  const result = line === undefined ? {} : JSON.parse(line);
  if (typeof result.min_s !== 'number') fail(`${name} must print a line of JSON with min_s; it did not.`);
  return result;
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const [options, ...commands] = parts(process.argv.slice(2));
const rounds = options[0] === '--rounds' ? Number(options[1]) : options.length === 0 ? fewestRounds : NaN;
if (!Number.isInteger(rounds) || rounds < fewestRounds)
  fail(`--rounds must be an integer of at least ${fewestRounds}; received ${options.join(' ')}.`);
if (commands.length < 2 || commands.some((command) => command.length === 0))
  fail('Write: node apps/bench/compare.mjs -- COMMAND [ARGUMENT …] -- COMMAND [ARGUMENT …]');

const names = commands.map((_, at) => String.fromCharCode(65 + at));
const results = commands.map(() => []);
for (let round = 0; round < rounds; round++) {
  const order = round % 2 === 0 ? commands.keys() : [...commands.keys()].reverse();
  for (const at of order) {
    const result = measure(names[at], commands[at]);
    results[at].push(result);
    console.error(`round ${round + 1} of ${rounds}: ${names[at]} ${result.min_s} s`);
  }
}

commands.forEach((command, at) => console.log(`${names[at]}: ${command.join(' ')}`));
console.log('name | min s | times A | median s | times A | peak MiB');
console.log('--- | ---: | ---: | ---: | ---: | ---:');
const times = results.map((all) => ({
  min: Math.min(...all.map(({ min_s }) => min_s)),
  median: median(all.map(({ min_s, median_s = min_s }) => median_s)),
  memory: Math.max(...all.map(({ peak_rss_mb = NaN }) => peak_rss_mb)),
}));
times.forEach(({ min, median: middle, memory }, at) => {
  const shown = [min.toFixed(3), (min / times[0].min).toFixed(3)];
  shown.push(middle.toFixed(3), (middle / times[0].median).toFixed(3), Number.isNaN(memory) ? '' : memory);
  console.log(`${names[at]} | ${shown.join(' | ')}`);
});
