// Measures a training on 1, 2 and 4 ranks of this machine, in one sitting, and what `m3ae plan` says of them; prints tables.
//
//   node scripts/setup.mjs && node apps/bench/ranks.mjs [--steps 4] [--size small]
//
// Each rank has one thread. Rows with MPI need mpirun.openmpi or mpirun.mpich (Debian: apt install openmpi-bin mpich). Takes four minutes;
// nothing else should run meanwhile.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { steps: { type: 'string', default: '4' }, size: { type: 'string', default: 'small' } },
});
const steps = Number(values.steps);
const [batchSize, accumulate] = [8, 4];
const command = fileURLToPath(new URL('../trainer/bin/m3ae.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'm3ae-ranks-'));
const config = {
  name: 'ranks',
  data: { source: { kind: 'emoji', vendors: ['noto'] }, workers: 0 },
  image: { size: 256, patchSize: 16, maskRatio: 0.75 },
  text: { maxLength: 64, maskRatio: 0.75, vocabulary: 'bert' },
  model: { size: values.size },
  train: { steps, batchSize, accumulate, threads: 1 },
  optimizer: { peakLearningRate: 1e-4, warmup: { steps: 1 } },
  log: { everySteps: 1 },
  checkpoint: { everySteps: 1000 },
  evaluation: { enabled: false },
  report: { enabled: false },
};
writeFileSync(join(folder, 'ranks.json'), JSON.stringify(config));

/** Tells the peak memory of each process as it ends. */
const peak = `data:text/javascript,process.on('exit',()=>process.stderr.write('PEAK '+process.pid+' '+process.resourceUsage().maxRSS+String.fromCharCode(10)))`;

const openMpi = (ranks) => ['mpirun.openmpi', '--oversubscribe', '--bind-to', 'none', '-n', String(ranks)];
const mpich = (ranks) => ['mpirun.mpich', '-n', String(ranks)];
const exists = ([launcher]) => spawnSync(launcher, ['--version']).status === 0;

/** Runs the command, on ranks where a launcher is given. */
function run(launcher, args, environment = {}) {
  const [program, ...rest] = [...launcher, process.execPath, command, ...args];
  const root = { OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' };
  const child = spawn(program, rest, { cwd: folder, env: { ...process.env, ...root, ...environment } });
  let output = '';
  let errors = '';
  child.stdout.on('data', (data) => (output += String(data)));
  child.stderr.on('data', (data) => (errors += String(data)));
  return new Promise((resolve, reject) =>
    child.on('close', (code) =>
      code === 0 ? resolve({ output, errors }) : reject(new Error(`${program} ${rest.join(' ')}: ${errors}`)),
    ),
  );
}

/** Times of the steps but the first, and the largest process. */
async function train(name, launcher = [], ...settings) {
  const set = settings.flatMap((setting) => ['--set', setting]);
  const args = ['pretrain', 'ranks.json', '--out', name, '--quiet', ...set];
  const { errors } = await run(launcher, args, { NODE_OPTIONS: `--import="${peak}"` });
  const peaks = [...errors.matchAll(/^PEAK \d+ (\d+)$/gm)].map(([, kilobytes]) => Number(kilobytes) / 1024);
  const lines = readFileSync(join(folder, name, 'timing.jsonl'), 'utf8')
    .trim()
    .split('\n');
  const seconds = lines.slice(1).map((line) => {
    const { waitSeconds, runSeconds } = JSON.parse(line);
    return waitSeconds + runSeconds;
  });
  const sorted = seconds.toSorted((a, b) => a - b);
  const found = { least: sorted[0], median: sorted[sorted.length >> 1], memory: Math.max(...peaks) };
  console.error(name, found);
  return found;
}

const rows = [];
const measure = async (title, launcher, ...settings) => {
  if (launcher.length > 0 && !exists(launcher)) return undefined;
  const found = await train(title.replaceAll(/\W+/g, '-'), launcher, ...settings);
  rows.push([title, found]);
  return found;
};

try {
  const one = await measure('1', []);
  const two = await measure('2, Open MPI', openMpi(2));
  await measure('2, MPICH', mpich(2));
  await measure('2, Open MPI, without overlap', openMpi(2), 'distributed.overlap=false');
  await measure("2, Open MPI, 'fast'", openMpi(2), 'distributed.reduction=fast');
  const four = await measure('4, Open MPI', openMpi(4));
  await measure('1, of two threads', [], 'train.threads=2');
  const both = await Promise.all([train('alone-a'), train('alone-b')]);
  const slower = both.reduce((a, b) => (a.least > b.least ? a : b));
  rows.push([
    'two trainings of 1, at once',
    { ...slower, least: slower.least / 2, median: slower.median / 2 },
  ]);

  console.log('| ranks | seconds a step, least | median | times one rank | MiB of a rank |');
  console.log('| --- | --- | --- | --- | --- |');
  for (const [title, { least, median, memory }] of rows)
    console.log(
      `| ${title} | ${least.toFixed(2)} | ${median.toFixed(2)} | ${(one.least / least).toFixed(2)} | ${memory.toFixed(0)} |`,
    );

  if (two !== undefined && four !== undefined) {
    const step = await run(
      [],
      [
        'bench',
        'step',
        '--model',
        values.size,
        '--batch',
        String(batchSize / accumulate),
        '--json',
        '--steps',
        '4',
      ],
    );
    const exchangeOf = async (launcher) =>
      exists(launcher) ? (await run(launcher, ['bench', 'ranks', '--json'])).output : '';
    const exchange = await exchangeOf(openMpi(2));
    writeFileSync(join(folder, 'step.json'), step.output);
    writeFileSync(join(folder, 'exchange.json'), exchange);
    const files = ['step.json', 'exchange.json'].flatMap((file) => ['--calibration', file]);
    const cores = ['--figure', `fullSpeedRanks=${cpus().length}`];
    const args = ['plan', 'ranks.json', '--examples', '1000', '--ranks', '4', '--json', ...files, ...cores];
    const plan = JSON.parse((await run([], args)).output);
    console.log('\n| ranks | planned seconds a step | measured, median | planned over measured |');
    console.log('| --- | --- | --- | --- |');
    for (const [at, { median }] of [one, two, four].entries()) {
      const { ranks: count, seconds } = plan.rows[at];
      const cells = [count, seconds.total.toFixed(2), median.toFixed(2), (seconds.total / median).toFixed(2)];
      console.log(`| ${cells.join(' | ')} |`);
    }
    console.log(`\n${step.output}${JSON.stringify(plan.rows.map(({ seconds }) => seconds))}`);
    console.log(`${exchange}${await exchangeOf(mpich(2))}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
