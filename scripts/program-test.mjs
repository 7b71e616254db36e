// Runs the program of docs/pretrain-from-code.md in an empty project made of the packed packages, with sizes for a
// minute instead of a day: once straight through, and once killed in the middle and run again. The weights, the
// optimizer's state and the lines of metrics must be the same to the last bit.
// usage: node scripts/program-test.mjs
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { codeBlocks } from './code-blocks.mjs';
import { installInto } from './packing.mjs';
import { root } from './workspace.mjs';

const program = codeBlocks(join(root, 'docs/pretrain-from-code.md')).find(
  ({ language }) => language === 'ts whole',
).code;
const lines = program.split('\n').filter((line) => line !== '' && !line.startsWith('import '));
if (lines.length > 45) throw new Error(`The program must have at most 45 lines; it has ${lines.length}.`);

/** The program with other sizes; each must be there to be replaced. */
function withSizes(changes) {
  return Object.entries(changes).reduce((code, [from, to]) => {
    if (!code.includes(from)) throw new Error(`The program must hold ${from}.`);
    return code.replace(from, to);
  }, program);
}

const small = withSizes({
  '[10_000, 64, 1000]': '[12, 2, 4]',
  '[256, 16, 64]': '[32, 8, 12]',
  "size: 'small'": "size: 'debug'",
  'now.step % 50 === 0': 'now.step % 1 === 0',
});
const project = mkdtempSync(join(tmpdir(), 'm3ae-program-'));
const imported = [...program.matchAll(/from '(@m3ae\/[a-z]+)'/g)].map(([, name]) => name);
await installInto(project, [...imported, '@tensorflow/tfjs-core@4.22']);
const { outputText } = ts.transpileModule(small, { compilerOptions: { module: 'ESNext', target: 'ES2022' } });
writeFileSync(join(project, 'program.mjs'), outputText);

/** A working folder with pictures. */
function place(name) {
  const folder = join(project, name);
  mkdirSync(folder);
  cpSync(join(root, 'tests/docs/fixtures/datasets/photos'), join(folder, 'my-photos'), { recursive: true });
  return folder;
}

/** Runs the program in a folder; `until` ends it by SIGKILL as soon as it is true. */
function start(folder, until = () => false) {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [join(project, 'program.mjs')], {
      cwd: folder,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const timer = setInterval(() => until() && child.kill('SIGKILL'), 5);
    child.on('exit', (code, signal) => {
      clearInterval(timer);
      if (code === 0 || signal === 'SIGKILL') done(signal);
      else fail(new Error(`The program ended with ${code}.`));
    });
  });
}

/** What a training leaves behind: SHA-256 of each file that must not depend on how it got there. */
function resultOf(folder) {
  const run = join(folder, 'runs/photos');
  const newest = readdirSync(join(run, 'checkpoints'))
    .filter((name) => name.startsWith('step-'))
    .sort()
    .at(-1);
  const files = ['model.safetensors', 'optimizer.safetensors'].map((name) =>
    join(run, 'checkpoints', newest, name),
  );
  return [
    newest,
    ...[...files, join(run, 'metrics.jsonl')].map((path) =>
      createHash('sha256').update(readFileSync(path)).digest('hex'),
    ),
  ];
}

try {
  const [whole, killed] = [place('whole'), place('killed')];
  await start(whole);
  const first = join(killed, 'runs/photos/checkpoints/step-00000004');
  const signal = await start(killed, () => existsSync(first));
  if (signal !== 'SIGKILL') throw new Error('The program ended before it could be killed.');
  const left = readdirSync(join(killed, 'runs/photos/checkpoints'));
  await start(killed);
  const [expected, found] = [resultOf(whole), resultOf(killed)];
  if (expected.join() !== found.join())
    throw new Error(`Killed and run again it gave ${found}, straight through ${expected}.`);
  const events = readdirSync(join(killed, 'runs/photos')).filter((name) => name.includes('tfevents'));
  if (events.length !== 2) throw new Error(`Two runs must leave two event files; found ${events.length}.`);
  console.log(`ok ${lines.length} lines; killed with ${left.join(', ')}, run again: ${found.join(' ')}`);
} finally {
  rmSync(project, { recursive: true, force: true });
}
