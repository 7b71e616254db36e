import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { main } from '../../apps/trainer/src/cli.js';

const photos = { cat: '#c88040', kitten: '#d09050', car: '#2040c0', tree: '#208030' };

/** Puts into a folder what the guide on using a model expects there: photos, and a run that was trained for one step. */
export async function makeMyRun(folder: string): Promise<void> {
  const pictures = join(folder, 'photos');
  mkdirSync(pictures);
  for (const [name, background] of Object.entries(photos)) {
    const picture = sharp({ create: { width: 96, height: 96, channels: 3, background } });
    await picture.jpeg().toFile(join(pictures, `${name}.jpg`));
    writeFileSync(join(pictures, `${name}.txt`), `a ${name}`);
  }
  const config = join(folder, 'my-run.json');
  const settings = {
    data: { source: { kind: 'folder', path: pictures, validationShare: 0 }, workers: 0 },
    image: { size: 96, patchSize: 16 },
    text: { maxLength: 4, vocabulary: 'trimmed' },
    model: { embedDim: 192, depth: 1, heads: 3, decoderDim: 16, decoderDepth: 1, decoderHeads: 2 },
    optimizer: { warmup: { steps: 0 } },
    train: { steps: 1, batchSize: 2, threads: 1 },
    log: { tensorboard: false },
    evaluation: { enabled: false },
    report: { enabled: false },
  };
  writeFileSync(config, JSON.stringify(settings));
  const code = await main(['pretrain', config, '--out', join(folder, 'runs', 'my-run'), '--quiet']);
  if (code !== 0) throw new Error(`The run of the guide ended with exit code ${code}.`);
}
