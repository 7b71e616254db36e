import { faultOf, invalidField, InvalidInput, messageOf } from '@m3ae/errors';

/** The two families of binary interfaces that an MPI library can have. */
export type MpiFamily = 'Open MPI' | 'MPICH';

/** What is used of `koffi`: C functions of a library that is loaded at run time. */
export interface NativeLibrary {
  func(name: string, result: string, parameters: string[]): (...values: unknown[]) => number;
  symbol(name: string): unknown;
}

/** An MPI library, loaded but not initialized. */
export interface MpiLibrary {
  readonly native: NativeLibrary;
  readonly family: MpiFamily;
  /** E.g. `Open MPI v4.1.4`. */
  readonly version: string;
}

/** Opens a library by its name or path; throws where there is none. */
export type OpenLibrary = (name: string) => NativeLibrary;

/** Environment variables, as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

const namesOf: Readonly<Record<MpiFamily, readonly string[]>> = {
  'Open MPI': ['libmpi.so.40', 'libmpi.40.dylib'],
  MPICH: ['libmpich.so.12', 'libmpi.so.12', 'libmpich.12.dylib', 'libmpi.12.dylib'],
};

/** Names under which an MPI may be installed, the family of the launcher first. */
export function libraryNames(environment: Environment): readonly string[] {
  const given = environment.M3AE_MPI_LIBRARY;
  if (given !== undefined && given !== '') return [given];
  const { OMPI_COMM_WORLD_SIZE, PMI_SIZE, PMI_FD } = environment;
  const mpich = OMPI_COMM_WORLD_SIZE === undefined && (PMI_SIZE ?? PMI_FD) !== undefined;
  const families: MpiFamily[] = mpich ? ['MPICH', 'Open MPI'] : ['Open MPI', 'MPICH'];
  return families.flatMap((family) => namesOf[family]);
}

/**
 * Opens the installed MPI.
 *
 * @throws InvalidInput if there is none, or one whose binary interface is not known here.
 */
export function findMpiLibrary(open: OpenLibrary, environment: Environment): MpiLibrary {
  const names = libraryNames(environment);
  const reasons: string[] = [];
  for (const name of names) {
    let native: NativeLibrary;
    try {
      native = open(name);
    } catch (error) {
      reasons.push(messageOf(error));
      continue;
    }
    return { native, ...parseVersion(versionText(native, name)) };
  }
  throw new InvalidInput(
    [
      faultOf(
        'M3AE_MPI_LIBRARY',
        'the path of an MPI library, unless one is installed where the system finds it',
        reasons[0] ?? 'nothing',
        'Install Open MPI (Debian: apt install openmpi-bin) or MPICH (apt install mpich) on every machine.',
      ),
    ],
    { head: `No MPI library was found under ${names.join(', ')}` },
  );
}

function versionText(native: NativeLibrary, name: string): string {
  const text = Buffer.alloc(8192); // MPI_MAX_LIBRARY_VERSION_STRING is 256 in Open MPI and 8192 in MPICH
  const length = new Int32Array(1);
  try {
    native.func('MPI_Get_library_version', 'int', ['void *', 'void *'])(text, length);
  } catch {
    const remedy = 'Point it at libmpi.so.40 of Open MPI or libmpich.so.12 of MPICH.';
    throw invalidField('M3AE_MPI_LIBRARY', 'an MPI library', name, remedy);
  }
  return text.toString('latin1', 0, length[0]);
}

/**
 * Family and version that a library tells of itself.
 *
 * @throws InvalidInput unless it is Open MPI 4 or 5, or MPICH 4.
 */
export function parseVersion(text: string): { readonly family: MpiFamily; readonly version: string } {
  const open = /^Open MPI v(\d+)\.[\w.]+/.exec(text);
  const mpich = /^MPICH Version:\s*(\d+)\.[\w.]+/.exec(text);
  if (open && ['4', '5'].includes(open[1]!)) return { family: 'Open MPI', version: open[0] };
  if (mpich?.[1] === '4') return { family: 'MPICH', version: mpich[0].replace(/ Version:\s*/, ' ') };
  const remedy = 'Install one of these, or name its library in M3AE_MPI_LIBRARY.';
  const first = text.split(/[\n,]/)[0]!.trim();
  throw invalidField('the MPI library', 'Open MPI 4 or 5, or MPICH 4', first, remedy);
}
