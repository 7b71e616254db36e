import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestTrees, latestCheckpoint, loadCheckpoint } from '@m3ae/checkpoint/files';
import { key, uniform } from '@m3ae/random';
import sharp from 'sharp';
import { bundleCommand } from './bundle-command.js';

const words = ['red', 'green', 'blue', 'square', 'circle', 'big', 'small', 'shape'];

/** Writes a folder of small random pictures with captions. */
export async function writePictures(folder: string, count: number): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (let at = 0; at < count; at++) {
    const noise = uniform([7, at], 20 * 24 * 3);
    const data = Uint8Array.from(noise, (value) => value * 255);
    await sharp(data, { raw: { width: 24, height: 20, channels: 3 } })
      .png()
      .toFile(join(folder, `p${at}.png`));
    const caption = [0, 1, 2].map((place) => words[(at * (place + 1) + place) % words.length]).join(' ');
    writeFileSync(join(folder, `p${at}.txt`), caption);
  }
}

/** The smallest run that uses every part. */
export function tinyConfig(pictures: string, change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name: 'tiny',
    data: { source: { kind: 'folder', path: pictures, validationShare: 0.3 }, workers: 0 },
    image: { size: 16, patchSize: 8, maskRatio: 0.5 },
    text: { maxLength: 6, maskRatio: 0.5, vocabulary: 'trimmed' },
    model: {
      embedDim: 16,
      depth: 1,
      heads: 2,
      decoderDim: 16,
      decoderDepth: 1,
      decoderHeads: 2,
      dropout: 0.1,
    },
    optimizer: { peakLearningRate: 1e-2, learningRatePer: 'batch', warmup: { steps: 3 }, clipNorm: 1 },
    train: { steps: 40, batchSize: 8, threads: 1 },
    log: { everySteps: 1 },
    checkpoint: { everySteps: 4 },
    report: { enabled: false },
    ...change,
  };
}

/** A temporary folder with pictures, a config file and the command. */
export async function tinyWorkplace(change: Record<string, unknown> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'm3ae-run-'));
  const pictures = join(folder, 'pictures');
  await writePictures(pictures, 40);
  const config = join(folder, 'tiny.json');
  writeFileSync(config, JSON.stringify(tinyConfig(pictures, change)));
  const { script, remove } = await bundleCommand();
  return {
    script,
    folder,
    pictures,
    config,
    out: (name: string) => join(folder, 'runs', name),
    start: (...args: readonly string[]) => start(script, args, folder),
    /** Runs the command to its end. */
    async run(...args: readonly string[]) {
      const started = start(script, args, folder);
      const code = await started.ended;
      return { code, ...started.printed };
    },
    remove() {
      remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A process of the command, with what it has printed. */
export interface Started {
  readonly child: ChildProcess;
  readonly printed: { stdout: string; stderr: string };
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  /** Resolves when the standard output holds some text, or the process has ended. */
  until(test: (stdout: string) => boolean): Promise<void>;
}

/** Starts the command in a process of its own. */
function start(script: string, args: readonly string[], cwd: string): Started {
  const child = spawn(process.execPath, [script, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const printed = { stdout: '', stderr: '' };
  const waiting = new Set<() => void>();
  child.stdout.on('data', (part: Buffer) => {
    printed.stdout += part.toString();
    waiting.forEach((check) => check());
  });
  child.stderr.on('data', (part: Buffer) => (printed.stderr += part.toString()));
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.on('close', (code, signal) => {
      resolve(signal ?? code);
      waiting.forEach((check) => check());
    });
  });
  const until = (test: (stdout: string) => boolean) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (!test(printed.stdout) && child.exitCode === null && child.signalCode === null) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  return { child, printed, ended, until };
}

/** SHA-256 of weights and optimiser state of the newest checkpoint, and the lines of metrics and validation. */
export async function resultOf(folder: string) {
  const newest = await latestCheckpoint(folder);
  const { trees, step } = await loadCheckpoint(newest!.folder);
  return {
    step,
    digest: digestTrees(trees),
    metrics: readFileSync(join(folder, 'metrics.jsonl'), 'utf8'),
    validation: readFileSync(join(folder, 'validation.jsonl'), 'utf8'),
  };
}

/** Repeatable chance for a test. */
export function chances(seed: number, count: number): Float32Array {
  return uniform(key(seed), count);
}
