// Shows that tfjs-node trains: each method for some steps beside the compiled engine, then a run that is killed and goes on.
// It needs @tensorflow/tfjs-node or -gpu where Node finds it from this repository, and `npm run build` before.
// Usage: node scripts/tfjs-node.mjs [--steps N]
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { root } from './workspace.mjs';

const { values: options } = parseArgs({ options: { steps: { type: 'string', default: '20' } } });
const steps = Number(options.steps);
const installed = ['@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu'].some((name) => {
  try {
    return createRequire(join(root, 'packages/compile/package.json')).resolve(name);
  } catch {
    return false;
  }
});
if (!installed) {
  console.log('Skipped: neither @tensorflow/tfjs-node nor @tensorflow/tfjs-node-gpu is installed.');
  process.exit(0);
}

const folder = mkdtempSync(join(tmpdir(), 'm3ae-tfjs-node-'));
const pictures = join(folder, 'pictures');
const colors = { red: [220, 40, 40], green: [40, 200, 60], blue: [50, 60, 220] };
for (const [name, color] of Object.entries(colors)) {
  mkdirSync(join(pictures, name), { recursive: true });
  for (let at = 0; at < 16; at++) {
    // Stripes of another width each: pictures must differ, and be the same every time.
    const data = Uint8Array.from(
      { length: 32 * 32 * 3 },
      (_, i) => color[i % 3] * (i % (at + 3) < 2 ? 1 : 0.5),
    );
    const file = join(pictures, name, `p${at}`);
    await sharp(data, { raw: { width: 32, height: 32, channels: 3 } })
      .png()
      .toFile(`${file}.png`);
    writeFileSync(`${file}.txt`, `${name} ${['square', 'shape', 'tile'][at % 3]}`);
  }
}
const config = join(folder, 'run.json');
writeFileSync(
  config,
  JSON.stringify({
    name: 'tfjs-node',
    data: {
      source: { kind: 'folder', path: pictures, labels: 'subfolder', validationShare: 0.2 },
      workers: 0,
    },
    image: { size: 32, patchSize: 8, maskRatio: 0.5 },
    text: { maxLength: 8, maskRatio: 0.5, vocabulary: 'trimmed' },
    model: { embedDim: 32, depth: 2, heads: 2, decoderDim: 32, decoderDepth: 1, decoderHeads: 2 },
    optimizer: { peakLearningRate: 1e-3, learningRatePer: 'batch', warmup: { steps: 2 }, clipNorm: 1 },
    train: { steps, batchSize: 8, threads: 1 },
    log: { everySteps: 1, tensorboard: false },
    checkpoint: { everySteps: 4 },
    evaluation: { enabled: false },
    report: { enabled: false },
  }),
);

/** Starts the command; `until` kills it once its output holds that text. */
function run(out, settings, until) {
  const args = ['pretrain', config, '--out', join(folder, out), '--resume', '--json'];
  const sets = settings.flatMap((setting) => ['--set', setting]);
  const child = spawn(process.execPath, [join(root, 'apps/trainer/bin/m3ae.js'), ...args, ...sets]);
  let [stdout, stderr] = ['', ''];
  child.stderr.on('data', (part) => (stderr += part));
  child.stdout.on('data', (part) => {
    stdout += part;
    if (until !== undefined && stdout.includes(until)) child.kill('SIGKILL');
  });
  return new Promise((resolve, reject) => {
    child.on('close', (code, signal) => {
      if (code === 0 || (until !== undefined && signal === 'SIGKILL')) resolve();
      else reject(new Error(`${args.join(' ')} ended with ${code ?? signal}: ${stderr}`));
    });
  });
}

const lines = (out) =>
  readFileSync(join(folder, out, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** The weights and moments of the newest checkpoint. */
function digest(out) {
  const checkpoints = join(folder, out, 'checkpoints');
  const newest = join(checkpoints, readdirSync(checkpoints).sort().at(-1));
  const files = ['model.safetensors', 'optimizer.safetensors'].map((file) =>
    readFileSync(join(newest, file)),
  );
  return createHash('sha256').update(Buffer.concat(files)).digest('hex');
}

const eager = ['train.engine=eager', 'train.backend=tensorflow'];
let worst = 0;
for (const method of ['m3ae', 'mae', 'clip', 'supervised']) {
  await run(`${method}-compiled`, [`method=${method}`]);
  await run(`${method}-eager`, [`method=${method}`, ...eager]);
  const others = lines(`${method}-eager`);
  const differences = lines(`${method}-compiled`).map(
    ({ loss }, i) => Math.abs(loss - others[i].loss) / loss,
  );
  const largest = Math.max(...differences);
  console.log(
    `${method}: ${steps} steps, losses differ by ${largest.toExponential(1)} of their value at most`,
  );
  worst = Math.max(worst, largest);
}
await run('killed', ['method=m3ae', ...eager], '"step":6,');
await run('killed', ['method=m3ae', ...eager], '"step":11,');
await run('killed', ['method=m3ae', ...eager]);
const same = digest('killed') === digest('m3ae-eager');
console.log(`m3ae, killed in steps 6 and 11: ${same ? 'the same bits' : 'OTHER BITS'} as uncut`);
rmSync(folder, { recursive: true });
process.exitCode = same && worst < 1e-3 ? 0 : 1;
