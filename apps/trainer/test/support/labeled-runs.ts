import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { uniform } from '@m3ae/random';
import sharp from 'sharp';
import { runCommand } from './run-command.js';

const classes = [
  { name: 'red-things', colour: [220, 40, 40] },
  { name: 'green-things', colour: [40, 200, 60] },
  { name: 'blue-things', colour: [50, 60, 220] },
];

/** Pictures of three colours in a folder for each, with captions that name the colour. */
export async function writeLabeledPictures(folder: string, each: number): Promise<void> {
  for (const [label, { name, colour }] of classes.entries()) {
    mkdirSync(join(folder, name), { recursive: true });
    for (let at = 0; at < each; at++) {
      const noise = uniform([label, at], 20 * 20 * 3);
      const data = Uint8Array.from(noise, (value, i) => colour[i % 3]! * (0.6 + 0.4 * value));
      const file = join(folder, name, `p${at}`);
      await sharp(data, { raw: { width: 20, height: 20, channels: 3 } })
        .png()
        .toFile(`${file}.png`);
      writeFileSync(`${file}.txt`, `${name.split('-')[0]} ${['square', 'shape', 'tile'][at % 3]}`);
    }
  }
}

/** A config of the smallest model on such pictures. */
export function labeledConfig(pictures: string, change: Record<string, unknown> = {}) {
  return {
    name: 'tiny',
    data: {
      source: { kind: 'folder', path: pictures, labels: 'subfolder', validationShare: 0.4 },
      workers: 0,
    },
    image: { size: 16, patchSize: 8, maskRatio: 0.5, crop: { kind: 'center' } },
    text: { maxLength: 6, maskRatio: 0.5, vocabulary: 'trimmed' },
    model: { embedDim: 16, depth: 2, heads: 2, decoderDim: 16, decoderDepth: 1, decoderHeads: 2 },
    optimizer: { peakLearningRate: 1e-2, learningRatePer: 'batch', warmup: { steps: 1 }, clipNorm: 1 },
    train: { steps: 6, batchSize: 8, threads: 1 },
    log: { everySteps: 1, tensorboard: false },
    checkpoint: { everySteps: 3 },
    report: { enabled: true, examples: 2 },
    ...change,
  };
}

/** A temporary folder with pictures, a config and a way to train it in this process. */
export async function labeledWorkplace() {
  const folder = mkdtempSync(join(tmpdir(), 'm3ae-evaluate-'));
  const pictures = join(folder, 'pictures');
  await writeLabeledPictures(pictures, 20);
  const config = join(folder, 'tiny.json');
  writeFileSync(config, JSON.stringify(labeledConfig(pictures)));
  return {
    folder,
    pictures,
    config,
    out: (name: string) => join(folder, 'runs', name),
    pretrain: (name: string, ...changes: readonly string[]) =>
      runCommand(
        'pretrain',
        config,
        '--out',
        join(folder, 'runs', name),
        '--quiet',
        ...changes.flatMap((change) => ['--set', change]),
      ),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
