import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pluralize } from '@m3ae/errors';
import { key } from '@m3ae/random';
import { prepareStep, runnerOf, type StepBenchOptions } from './prepare-step.js';
import { rounded } from './statistics.js';

/** One event of ONNX Runtime's profile, in Chrome's trace format. */
interface TraceEvent {
  readonly cat?: string;
  readonly name?: string;
  /** Start, in microseconds. */
  readonly ts?: number;
  /** Microseconds. */
  readonly dur?: number;
  readonly args?: {
    readonly op_name?: string;
    readonly input_type_shape?: readonly Readonly<Record<string, readonly number[]>>[];
    readonly output_type_shape?: readonly Readonly<Record<string, readonly number[]>>[];
  };
}

/** Where the time of one step went: one row an operator, or one an operator and its shapes. */
interface ProfileRow {
  readonly name: string;
  /** Seconds a run. */
  readonly seconds: number;
  /** Share of all node time, in percent. */
  readonly percent: number;
  /** Nodes a run. */
  readonly nodes: number;
}

/** A profile in two cuts, each with the largest share first. */
export interface ProfileSummary {
  readonly runs: number;
  readonly secondsPerRun: number;
  readonly byOperator: readonly ProfileRow[];
  readonly byShape: readonly ProfileRow[];
}

/** Reads a profile that ONNX Runtime wrote, of the first run's successors: that one writes to memory that the system clears first. */
function readProfile(path: string): ProfileSummary {
  return summarizeProfile(afterFirstRun(JSON.parse(readFileSync(path, 'utf8')) as readonly TraceEvent[]));
}

const isRun = ({ cat, name }: TraceEvent) => cat === 'Session' && name === 'model_run';

/** Events that begin after the first run has ended; all where there is but one run. */
export function afterFirstRun(events: readonly TraceEvent[]): readonly TraceEvent[] {
  const ends = events.filter(isRun).map(({ ts = 0, dur = 0 }) => ts + dur);
  return ends.length < 2 ? events : events.filter(({ ts = 0 }) => ts >= Math.min(...ends));
}

/**
 * Sums the node times of a profile by operator, and by operator and shapes.
 * What a Scan, Loop or If spends in its own nodes counts for those alone.
 */
export function summarizeProfile(events: readonly TraceEvent[]): ProfileSummary {
  const runs = Math.max(1, events.filter(isRun).length);
  const nodes = ownTimes(events.filter(({ cat, name }) => cat === 'Node' && name?.endsWith('_kernel_time')));
  const total = nodes.reduce((sum, { time }) => sum + time, 0);
  const cut = (nameOf: (event: TraceEvent) => string): ProfileRow[] => {
    const groups = new Map<string, { time: number; count: number }>();
    for (const { event, time } of nodes) {
      const group = groups.get(nameOf(event)) ?? { time: 0, count: 0 };
      groups.set(nameOf(event), { time: group.time + time, count: group.count + 1 });
    }
    return [...groups]
      .sort(([, a], [, b]) => b.time - a.time)
      .map(([name, { time, count }]) => ({
        name,
        seconds: rounded(time / runs / 1e6, 5),
        percent: rounded((100 * time) / total, 1),
        nodes: rounded(count / runs, 1),
      }));
  };
  return {
    runs,
    secondsPerRun: rounded(total / runs / 1e6, 4),
    byOperator: cut(({ args }) => args?.op_name ?? 'unknown'),
    byShape: cut(
      ({ args }) =>
        `${args?.op_name} ${shapes(args?.input_type_shape)} -> ${shapes(args?.output_type_shape)}`,
    ),
  };
}

/** Each node with its time less that of the nodes inside it. */
function ownTimes(events: readonly TraceEvent[]): { event: TraceEvent; time: number }[] {
  const open: { event: TraceEvent; time: number; end: number }[] = [];
  const all: typeof open = [];
  const byStart = [...events].sort((a, b) => (a.ts ?? 0) - (b.ts ?? 0) || (b.dur ?? 0) - (a.dur ?? 0));
  for (const event of byStart) {
    const { ts = 0, dur = 0 } = event;
    while (open.length > 0 && open.at(-1)!.end <= ts) open.pop();
    const outer = open.at(-1);
    if (outer) outer.time -= dur;
    const entry = { event, time: dur, end: ts + dur };
    open.push(entry);
    all.push(entry);
  }
  return all;
}

function shapes(list: readonly Readonly<Record<string, readonly number[]>>[] = []): string {
  return list.flatMap((entry) => Object.values(entry).map((shape) => `[${shape.join(',')}]`)).join(' ');
}

/** A profile as text: the operators, then the heaviest shapes. */
export function profileLines(summary: ProfileSummary, shapesShown = 25): string[] {
  return [
    `${summary.secondsPerRun} s of node time a run, over ${pluralize(summary.runs, 'run')}`,
    '',
    ' share       seconds   nodes  operator',
    ...summary.byOperator.map((entry) => row(entry)),
    '',
    ' share       seconds   nodes  operator and shapes',
    ...summary.byShape.slice(0, shapesShown).map((entry) => row(entry)),
  ];
}

function row({ name, seconds, percent, nodes }: ProfileRow): string {
  return `${percent.toFixed(1).padStart(6)} % ${seconds.toFixed(4).padStart(9)} s ${String(nodes).padStart(7)}  ${name}`;
}

/** Runs a few steps under ONNX Runtime's profiler, which slows them a little, and sums up where the time went. */
export async function profileStep(options: StepBenchOptions): Promise<ProfileSummary> {
  const folder = await mkdtemp(join(tmpdir(), 'm3ae-profile-'));
  try {
    const runner = runnerOf(options, { profile: join(folder, 'profile') });
    const { step, batches } = prepareStep(options, runner);
    let { state } = step.init(key(0));
    for (let count = 0; count < 1 + options.steps; count++) {
      state = (await step.run(state, batches(count), count)).state;
    }
    await step.dispose();
    const [file] = (await readdir(folder)).sort(); // of micro-batches the first, before that of the update
    return readProfile(join(folder, file!));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
