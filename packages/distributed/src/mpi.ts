import { invalidField, isInInterval, messageOf } from '@m3ae/errors';
import { type Communicator, type Pieces, RankFailed, singleProcess } from './communicator.js';
import { bindMpi, type Layout } from './mpi/calls.js';
import { type Environment, findMpiLibrary, type OpenLibrary } from './mpi/library.js';
import { pendingOperations } from './mpi/pending.js';
import { rollCall } from './mpi/roll-call.js';

export type { Environment } from './mpi/library.js';

/** How {@link connectMpi} connects. */
export interface MpiOptions {
  /** Seconds that any operation may take before the slowest rank is given up. Default 300. */
  readonly timeout?: number;
  /** Seconds from any origin; by default those of `performance.now()`. */
  readonly clock?: () => number;
  /** Where the launcher left its marks. Default `process.env`. */
  readonly environment?: Environment;
}

/**
 * Number of processes that a launcher says it started: `mpirun` of Open MPI or MPICH, or Slurm's `srun`; 1 where there is
 * none.
 */
export function launchedSize(environment: Environment = process.env): number {
  const { OMPI_COMM_WORLD_SIZE, PMI_SIZE, SLURM_PROCID, SLURM_STEP_NUM_TASKS } = environment;
  const slurm = SLURM_PROCID === undefined ? undefined : SLURM_STEP_NUM_TASKS;
  return Number(OMPI_COMM_WORLD_SIZE ?? PMI_SIZE ?? slurm ?? 1);
}

/**
 * Joins the ranks that a launcher started, through the MPI that is installed. Without a launcher there is one rank, and no
 * MPI is needed.
 *
 * Nothing is compiled: the library is found at run time, by the usual names or in `M3AE_MPI_LIBRARY`, and bound by the optional
 * dependency `koffi`. Open MPI 4 and 5 and MPICH 4 are understood. All calls come from the main thread, in short turns, so
 * timers and files go on while bytes travel.
 *
 * @throws InvalidInput if no library is found, its version is not supported, or it is not the launcher's.
 *
 * @example
 * ```ts
 * const communicator = await connectMpi({ timeout: 60 });
 * const sum = new Float32Array([communicator.rank]);
 * await communicator.allReduce(sum);
 * await communicator.close();
 * ```
 */
export async function connectMpi(options: MpiOptions = {}): Promise<Communicator> {
  const { timeout = 300, environment = process.env } = options;
  if (!isInInterval(timeout, '(0, Infinity]'))
    throw invalidField('timeout', 'seconds above 0', timeout, 'Leave it out for 300.');
  const launched = launchedSize(environment);
  if (launched === 1) return singleProcess();
  const library = findMpiLibrary(await openLibrary(), environment);
  const calls = bindMpi(library);
  calls.initialize();
  const rank = calls.rank();
  const size = calls.size();
  if (size !== launched) {
    throw invalidField(
      'the MPI library',
      `that of the launcher, which started ${launched} processes`,
      `${library.version}, which sees ${size}`,
      'Start with the mpirun of this library, or name the library of your mpirun in M3AE_MPI_LIBRARY.',
    );
  }
  const clock = options.clock ?? (() => performance.now() / 1000);
  const failed = new AbortController();
  const pending = pendingOperations(clock, (oldest) => roll.watch(oldest));
  let asides = 0;
  let closed = false;
  const roll = rollCall({
    calls,
    rank,
    size,
    timeout,
    clock,
    begun: pending.begun,
    isAside: () => asides > 0,
    onFailure(failure) {
      failed.abort(failure);
      pending.abandon(failure);
    },
  });
  const listening = setInterval(() => roll.listen(), 50);
  listening.unref();
  const layout = ({ length, stride, offset = 0 }: Pieces): Layout => ({
    counts: Int32Array.from({ length: size }, (_, each) => (each === rank ? 0 : length)),
    places: Int32Array.from({ length: size }, (_, each) => offset + each * stride),
  });
  return {
    rank,
    size,
    failed: failed.signal,
    allReduce: (values) => pending.run('all-reduce', () => calls.allReduce(values)),
    broadcast: (values, root = 0) => pending.run('broadcast', () => calls.broadcast(values, root)),
    allGather: (values) => pending.run('all-gather', () => calls.allGather(values, values.length / size)),
    exchange: (send, sent, receive, received) =>
      pending.run('exchange', () => calls.exchange(send, layout(sent), receive, layout(received))),
    addTo: (total, summand) => calls.addTo(total, summand),
    barrier: () => pending.run('barrier', () => calls.barrier()),
    async aside(body) {
      asides++;
      try {
        return await body();
      } finally {
        asides--;
      }
    },
    fail(reason) {
      if (closed) return; // the others need this rank no more, and MPI takes no calls
      roll.fail(reason);
      pending.abandon(new RankFailed([rank], reason));
    },
    async close() {
      if (closed) return;
      closed = true;
      await pending.run('barrier', () => calls.barrier());
      clearInterval(listening);
      calls.finalize();
    },
  };
}

/** Bytes of stack of a call into a library. */
const stackBytes = 8 * 1024 * 1024;

/**
 * Keeps UCX, which MPICH and Open MPI may use, from hooking the functions that give and take memory: it tries its hooks by moving
 * the end of the heap, while threads of Node allocate there, and now and then one of them meets memory that is gone. What a user has
 * set stays. Without the hooks UCX registers the buffers of each message anew with an InfiniBand card.
 *
 * @see https://github.com/openucx/ucx/issues/3831
 */
function spareMemoryFunctions(): void {
  process.env.UCX_MEM_EVENTS ??= 'n';
}

/** What opens libraries. Global symbols, because the plug-ins of Open MPI look for those of its core. */
async function openLibrary(): Promise<OpenLibrary> {
  try {
    const { default: koffi } = await import('koffi');
    spareMemoryFunctions();
    // It cannot be changed any more once a library is loaded, and ONNX Runtime, which may come later, needs as much.
    const { sync_stack_size: own = 0, async_stack_size: other = 0 } = koffi.config();
    if (Math.min(own, other) < stackBytes) {
      koffi.config({ ...koffi.config(), sync_stack_size: stackBytes, async_stack_size: stackBytes });
    }
    return (name) => koffi.load(name, { global: true });
  } catch (error) {
    const remedy = 'Install it beside this package: npm install koffi.';
    throw invalidField('koffi', 'installed, to call an MPI library', messageOf(error), remedy);
  }
}
