import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleCommand } from '../support/bundle-command.js';

const stub = fileURLToPath(new URL('./stub-command.mjs', import.meta.url));

/** A study of two methods whose parts a stub pretends to do. */
export function stubStudy(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name: 'stub',
    base: { data: { source: { kind: 'emoji' } }, model: { size: 'small' }, train: { steps: 30 } },
    seeds: [0, 1, 2],
    jobs: 2,
    variants: {
      mae: { label: 'MAE', set: { method: 'mae' } },
      m3ae: { label: 'M3AE' },
      again: { set: { method: 'm3ae' } },
    },
    evaluations: { probe: {} },
    tables: [
      {
        id: 'methods',
        title: 'Methods',
        rows: ['mae', 'm3ae', 'again'],
        metrics: [
          {
            id: 'top1',
            title: 'top-1',
            path: 'probe.results.features.{probe.results.best}.tests.unseenEmoji.top1.value',
          },
        ],
        claims: [
          { text: 'ahead', compare: [{ better: 'm3ae', worse: 'mae', metric: 'top1', atLeast: 0.05 }] },
        ],
        paper: [{ source: 'Fig. 3', values: { MAE: 44.6, M3AE: 61.3 } }],
        plot: { kind: 'bars' },
      },
    ],
    ...change,
  };
}

/** A process of `m3ae study` whose parts are the stub's. */
export interface StartedStudy {
  readonly child: ChildProcess;
  readonly printed: { stdout: string; stderr: string };
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  until(test: (stdout: string) => boolean): Promise<void>;
}

/** A temporary folder with a study config and the command. */
export async function studyWorkplace(change: Record<string, unknown> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'm3ae-study-'));
  const config = join(folder, 'study.json');
  const write = (study: Record<string, unknown>) => writeFileSync(config, JSON.stringify(study));
  write(stubStudy(change));
  const { script, remove } = await bundleCommand();
  const driver = join(dirname(script), 'stub-study.js');
  writeFileSync(
    driver,
    `import { main } from './cli.js';\nprocess.argv[1] = ${JSON.stringify(stub)};\nprocess.exitCode = await main(process.argv.slice(2));\n`,
  );
  const notesFile = join(folder, 'notes.txt');
  const start = (args: readonly string[], env: Record<string, string> = {}): StartedStudy => {
    const child = spawn(process.execPath, [driver, 'study', ...args], {
      cwd: folder,
      env: { ...process.env, STUB_NOTES: notesFile, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const printed = { stdout: '', stderr: '' };
    const waiting = new Set<() => void>();
    child.stdout.on('data', (part: Buffer) => {
      printed.stdout += part.toString();
      waiting.forEach((check) => check());
    });
    child.stderr.on('data', (part: Buffer) => (printed.stderr += part.toString()));
    const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
      child.on('exit', (code, signal) => {
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
  };
  const out = join(folder, 'studies', 'stub');
  return {
    folder,
    config,
    out,
    write,
    start,
    /** Runs the study to its end. */
    async run(args: readonly string[] = ['study.json', '--json'], env: Record<string, string> = {}) {
      const started = start(args, env);
      const code = await started.ended;
      return { code, ...started.printed };
    },
    notes: () => (existsSync(notesFile) ? readFileSync(notesFile, 'utf8').trim().split('\n') : []),
    records: () => (existsSync(join(out, 'parts')) ? readdirSync(join(out, 'parts')).sort() : []),
    results: () => JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')),
    remove() {
      remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
