// Stands for the command m3ae in tests of the study: trains nothing, keeps checkpoints, and notes each start and end.
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const [command, subject, ...options] = process.argv.slice(2);
const note = (text) => appendFileSync(process.env.STUB_NOTES, `${text}\n`);
const write = (path, value) => {
  writeFileSync(`${path}.part`, typeof value === 'string' ? value : JSON.stringify(value));
  renameSync(`${path}.part`, path);
};
process.stdout.on('error', () => process.exit(0)); // the study was killed

/** A checkpoint as @m3ae/checkpoint writes it, of one file of one byte. */
function writeCheckpoint(folder, step) {
  mkdirSync(folder, { recursive: true });
  write(join(folder, 'model.safetensors'), ' ');
  const content = {
    format: 'm3ae-checkpoint/1',
    step,
    files: { 'model.safetensors': { bytes: 1 } },
    state: {},
  };
  const sha256 = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  write(join(folder, 'state.json'), { ...content, sha256 });
}

async function pretrain() {
  const config = JSON.parse(readFileSync(subject, 'utf8'));
  const run = options[options.indexOf('--out') + 1];
  mkdirSync(join(run, 'checkpoints'), { recursive: true });
  const saved = join(run, 'checkpoints', 'saved.json');
  let step = existsSync(saved) ? JSON.parse(readFileSync(saved, 'utf8')).step : 0;
  note(`start ${config.name} from ${step}`);
  if (config.name === process.env.STUB_FAILS) {
    console.error('train.batchSize must be smaller; received 64. Use 8.');
    process.exit(2);
  }
  let stopping = false;
  process.on('SIGTERM', () => (stopping = true));
  writeFileSync(join(run, 'config.json'), JSON.stringify({ config }));
  const total = config.train.steps;
  for (; step < total;) {
    await sleep(Number(process.env.STUB_MILLISECONDS ?? 10));
    step++;
    console.log(JSON.stringify({ event: 'step', total, stepsPerSecond: 100, step, loss: 1 / step }));
    write(saved, { step });
    if (stopping) {
      note(`saved ${config.name} at ${step}`);
      process.exit(130);
    }
  }
  writeCheckpoint(join(run, 'checkpoints', `step-${String(total).padStart(8, '0')}`), total);
  write(join(run, 'metrics.jsonl'), `${JSON.stringify({ step, loss: 1 / step })}\n`);
  write(join(run, 'finished.json'), { step, trainingSeconds: 3 });
  note(`end ${config.name}`);
}

function probe() {
  const { config } = JSON.parse(readFileSync(join(subject, 'config.json'), 'utf8'));
  note(`start ${config.name}.${command}`);
  const value = 0.3 + 0.01 * config.seed + (config.method === 'm3ae' ? 0.1 + 0.001 * config.seed : 0);
  const results = {
    best: 'mean',
    picture: `data:image/png;base64,${Buffer.from('picture').toString('base64')}`,
    features: { mean: { tests: { unseenEmoji: { top1: { value, count: 400, low: 0, high: 1 } } } } },
    predicted: Array.from({ length: 1000 }, (_, at) => at),
  };
  console.log(JSON.stringify({ evaluation: command, results, options }));
  note(`end ${config.name}.${command}`);
}

if (command === 'pretrain') await pretrain();
else probe();
