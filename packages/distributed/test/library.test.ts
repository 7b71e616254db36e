import { expect, test } from 'vitest';
import { findMpiLibrary, libraryNames, type NativeLibrary, parseVersion } from '../src/mpi/library.js';
import { connectMpi, launchedSize } from '../src/mpi.js';

/** A library that tells its version and nothing else. */
const telling = (text: string): NativeLibrary => ({
  func: () => (into: unknown, length: unknown) => {
    (length as Int32Array)[0] = (into as Buffer).write(text);
    return 0;
  },
  symbol: () => null,
});

test.each([
  ['Open MPI v4.1.4, package: Debian OpenMPI, ident: 4.1.4', 'Open MPI', 'Open MPI v4.1.4'],
  ['Open MPI v5.0.6, package: Open MPI, ident: 5.0.6', 'Open MPI', 'Open MPI v5.0.6'],
  ['MPICH Version:      4.0.2\nMPICH Release date: Thu Apr  7', 'MPICH', 'MPICH 4.0.2'],
])('%s is understood', (text, family, version) => {
  expect(parseVersion(text)).toEqual({ family, version });
});

test.each([
  'Open MPI v3.1.6, package',
  'MPICH Version: 3.4.3',
  'Intel(R) MPI Library 2021.9',
  'MVAPICH2 Version: 2.3',
])('%s is refused, with what is supported', (text) => {
  expect(() => findMpiLibrary(() => telling(text), {})).toThrow(
    /the MPI library must be Open MPI 4 or 5, or MPICH 4; received .*Install one of these/,
  );
});

test('no library: says what to install', () => {
  const open = (name: string): never => {
    throw new Error(`${name}: cannot open shared object file`);
  };
  expect(() => findMpiLibrary(open, {})).toThrow(
    /libmpi\.so\.40.*apt install openmpi-bin.*apt install mpich/s,
  );
});

test('a library of something else is no MPI', () => {
  const other: NativeLibrary = {
    func() {
      throw new Error('Cannot find function MPI_Get_library_version');
    },
    symbol: () => null,
  };
  expect(() => findMpiLibrary(() => other, { M3AE_MPI_LIBRARY: 'libz.so' })).toThrow(
    /M3AE_MPI_LIBRARY must be an MPI library; received libz\.so/,
  );
});

test("the launcher's own family is looked for first, and a given path alone", () => {
  expect(libraryNames({ OMPI_COMM_WORLD_SIZE: '4' })[0]).toBe('libmpi.so.40');
  expect(libraryNames({ PMI_SIZE: '4' })[0]).toBe('libmpich.so.12');
  expect(libraryNames({ PMI_FD: '11' })[0]).toBe('libmpich.so.12'); // Slurm's PMI2
  expect(libraryNames({ M3AE_MPI_LIBRARY: '/opt/libmpi.so' })).toEqual(['/opt/libmpi.so']);
});

test.each([
  [{}, 1],
  [{ OMPI_COMM_WORLD_SIZE: '4' }, 4],
  [{ PMI_SIZE: '3' }, 3],
  [{ SLURM_PROCID: '0', SLURM_STEP_NUM_TASKS: '8' }, 8],
  [{ SLURM_STEP_NUM_TASKS: '8' }, 1],
])('%j was launched with %d', (environment, size) => {
  expect(launchedSize(environment)).toBe(size);
});

test('without a launcher there is one rank and no MPI', async () => {
  const communicator = await connectMpi({ environment: {} });
  expect([communicator.rank, communicator.size]).toEqual([0, 1]);
});
