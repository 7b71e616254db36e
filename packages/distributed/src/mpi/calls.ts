import type { Values } from '../communicator.js';
import type { MpiLibrary, NativeLibrary } from './library.js';

/** Where pieces of an array lie, in elements: one count and one place for each rank. */
export interface Layout {
  readonly counts: Int32Array;
  readonly places: Int32Array;
}

/** A call under way. */
export interface Request {
  /** Whether it is done; must not be asked again afterwards. Moves bytes on the way. */
  test(): boolean;
  /** What MPI reads and writes until then; must be kept. */
  readonly arrays: readonly unknown[];
}

/** The functions of MPI that are used here, with typed arrays instead of addresses. */
export interface MpiCalls {
  initialize(): void;
  finalize(): void;
  rank(): number;
  size(): number;
  allReduce(values: Float32Array): Request;
  broadcast(values: Values, root: number): Request;
  allGather(values: Values, each: number): Request;
  exchange(send: Float32Array, sent: Layout, receive: Float32Array, received: Layout): Request;
  barrier(): Request;
  addTo(total: Float32Array, summand: Float32Array): void;
  sendNote(note: Uint8Array, to: number): Request;
  /** Receives a note that has arrived from any rank; false where none has. */
  receiveNote(into: Uint8Array): boolean;
}

/** The constants of `mpi.h`, which differ: Open MPI's handles are addresses of its globals, MPICH's are numbers. */
function constantsOf({ family, native }: MpiLibrary) {
  if (family === 'MPICH') {
    return {
      handle: 'int',
      world: 0x44000000,
      bytes: 0x4c00010d,
      floats: 0x4c00040a,
      sum: 0x58000003,
      errorsReturn: 0x54000001,
      inPlace: 0xffff_ffff_ffff_ffffn,
      ignoreStatus: 1n,
      anySource: -2,
    };
  }
  return {
    handle: 'void *',
    world: native.symbol('ompi_mpi_comm_world'),
    bytes: native.symbol('ompi_mpi_byte'),
    floats: native.symbol('ompi_mpi_float'),
    sum: native.symbol('ompi_mpi_op_sum'),
    errorsReturn: native.symbol('ompi_mpi_errors_return'),
    inPlace: 1n,
    ignoreStatus: null,
    anySource: -1,
  };
}

/** `MPI_THREAD_FUNNELED`: other threads exist, but only the main one calls MPI. */
const threadFunneled = 1;

/** Tag of notes; all other messages belong to collective operations, which have none. */
const noteTag = 7;

/** Binds a loaded MPI library. */
export function bindMpi(library: MpiLibrary): MpiCalls {
  const { handle, world, bytes, floats, sum, errorsReturn, inPlace, ignoreStatus, anySource } =
    constantsOf(library);
  const call = caller(library.native);
  const pointer = 'void *';
  const typed = [pointer, 'int', handle];
  const integer = (run: (into: Int32Array) => void) => {
    const into = new Int32Array(1);
    run(into);
    return into[0]!;
  };
  const test = call('MPI_Test', [pointer, pointer, pointer]);
  const begin = (arrays: readonly unknown[], start: (request: BigInt64Array) => void): Request => {
    const request = new BigInt64Array(1); // an address or a 32-bit number
    start(request);
    return { arrays, test: () => integer((done) => test(request, done, ignoreStatus)) !== 0 };
  };
  const typeOf = (values: Values) => (values instanceof Float32Array ? floats : bytes);
  const init = call('MPI_Init_thread', [pointer, pointer, 'int', pointer]);
  const setHandler = call('MPI_Comm_set_errhandler', [handle, handle]);
  const finalize = call('MPI_Finalize', []);
  const rank = call('MPI_Comm_rank', [handle, pointer]);
  const size = call('MPI_Comm_size', [handle, pointer]);
  const iallreduce = call('MPI_Iallreduce', [pointer, ...typed, handle, handle, pointer]);
  const ibcast = call('MPI_Ibcast', [...typed, 'int', handle, pointer]);
  const iallgather = call('MPI_Iallgather', [...typed, ...typed, handle, pointer]);
  const vector = [pointer, pointer, pointer, handle];
  const ialltoallv = call('MPI_Ialltoallv', [...vector, ...vector, handle, pointer]);
  const ibarrier = call('MPI_Ibarrier', [handle, pointer]);
  const reduceLocal = call('MPI_Reduce_local', [pointer, ...typed, handle]);
  const isend = call('MPI_Isend', [...typed, 'int', 'int', handle, pointer]);
  const iprobe = call('MPI_Iprobe', ['int', 'int', handle, pointer, pointer]);
  const receive = call('MPI_Recv', [...typed, 'int', 'int', handle, pointer]);
  return {
    initialize() {
      integer((provided) => init(null, null, threadFunneled, provided));
      setHandler(world, errorsReturn);
    },
    finalize: () => finalize(),
    rank: () => integer((into) => rank(world, into)),
    size: () => integer((into) => size(world, into)),
    allReduce: (values) =>
      begin([values], (r) => iallreduce(inPlace, values, values.length, floats, sum, world, r)),
    broadcast: (values, root) =>
      begin([values], (r) => ibcast(values, values.length, typeOf(values), root, world, r)),
    allGather: (values, each) =>
      begin([values], (r) => iallgather(inPlace, 0, bytes, values, each, typeOf(values), world, r)),
    exchange: (send, from, into, to) =>
      begin([send, from, into, to], (r) =>
        ialltoallv(send, from.counts, from.places, floats, into, to.counts, to.places, floats, world, r),
      ),
    barrier: () => begin([], (r) => ibarrier(world, r)),
    addTo: (total, summand) => reduceLocal(summand, total, total.length, floats, sum),
    sendNote: (note, to) => begin([note], (r) => isend(note, note.length, bytes, to, noteTag, world, r)),
    receiveNote(into) {
      const there = integer((flag) => iprobe(anySource, noteTag, world, flag, ignoreStatus));
      if (there === 0) return false;
      receive(into, into.length, bytes, anySource, noteTag, world, ignoreStatus);
      return true;
    },
  };
}

/** Makes functions that throw where MPI reports an error, in MPI's own words. */
function caller(native: NativeLibrary) {
  const words = native.func('MPI_Error_string', 'int', ['int', 'void *', 'void *']);
  return (name: string, parameters: string[]) => {
    const run = native.func(name, 'int', parameters);
    return (...values: unknown[]): void => {
      const code = run(...values);
      if (code === 0) return;
      const text = Buffer.alloc(1024);
      const length = new Int32Array(1);
      words(code, text, length);
      throw new Error(`${name} failed: ${text.toString('latin1', 0, length[0])}`);
    };
  };
}
