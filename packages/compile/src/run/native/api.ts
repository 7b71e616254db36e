import type * as Koffi from 'koffi';

/** An address in the process, as `koffi` hands it out; `null` for none. */
export type Pointer = bigint | null;

/**
 * Functions of ONNX Runtime's C API that are used: place in the table that `GetApi` returns, and types of the arguments.
 * The table only ever grows at its end (`onnxruntime_c_api.cc` asserts the places), so these hold for later versions too.
 */
const functions = {
  GetErrorMessage: [2, 'void*'],
  CreateEnv: [3, 'int, const char*, _Out_ void**'],
  CreateSessionFromArray: [8, 'void*, const void*, size_t, void*, _Out_ void**'],
  CreateSessionOptions: [10, '_Out_ void**'],
  SetOptimizedModelFilePath: [11, 'void*, path'],
  EnableProfiling: [14, 'void*, path'],
  DisableMemPattern: [17, 'void*'],
  DisableCpuMemArena: [19, 'void*'],
  SetSessionLogSeverityLevel: [22, 'void*, int'],
  SetSessionGraphOptimizationLevel: [23, 'void*, int'],
  SetIntraOpNumThreads: [24, 'void*, int'],
  SetInterOpNumThreads: [25, 'void*, int'],
  CreateTensorWithDataAsOrtValue: [49, 'void*, void*, size_t, const int64_t*, size_t, int, _Out_ void**'],
  CreateCpuMemoryInfo: [69, 'int, int, _Out_ void**'],
  AllocatorFree: [76, 'void*, void*'],
  GetAllocatorWithDefaultOptions: [78, '_Out_ void**'],
  ReleaseStatus: [93, 'void*'],
  ReleaseSession: [95, 'void*'],
  ReleaseValue: [96, 'void*'],
  ReleaseSessionOptions: [100, 'void*'],
  AddSessionConfigEntry: [130, 'void*, const char*, const char*'],
  RunWithBinding: [133, 'void*, void*, void*'],
  CreateIoBinding: [134, 'void*, _Out_ void**'],
  ReleaseIoBinding: [135, 'void*'],
  BindInput: [136, 'void*, const char*, void*'],
  BindOutput: [137, 'void*, const char*, void*'],
  BindOutputToDevice: [138, 'void*, const char*, void*'],
  GetBoundOutputValues: [140, 'void*, void*, _Out_ void**, _Out_ size_t*'],
  ClearBoundInputs: [141, 'void*'],
  ClearBoundOutputs: [142, 'void*'],
  SessionOptionsAppendExecutionProvider_CUDA_V2: [204, 'void*, void*'],
  CreateCUDAProviderOptions: [205, '_Out_ void**'],
  UpdateCUDAProviderOptions: [206, 'void*, const char**, const char**, size_t'],
  ReleaseCUDAProviderOptions: [208, 'void*'],
  SessionOptionsAppendExecutionProvider: [216, 'void*, const char*, const char**, const char**, size_t'],
  RegisterCustomOpsLibrary_V2: [228, 'void*, path'],
  SessionGetMemoryInfoForOutputs: [381, 'void*, void*, size_t'],
} as const satisfies Record<string, readonly [place: number, types: string]>;

/** Paths of files are wide text on Windows alone. */
const pathType = { true: 'const char16_t*', false: 'const char*' } as const;

type Name = keyof typeof functions;

/** Version of the interface that `GetApi` is asked for: that of the newest function above. */
const apiVersion = 23;

/** The severity from which ONNX Runtime writes messages. */
export const errorsOnly = 3;

/** ONNX Runtime's C API, with its status codes turned into errors. */
export interface OrtApi {
  /** Held, because koffi unloads a library whose handle nobody has any more. */
  readonly library: unknown;
  /** Version of the loaded library, e.g. `1.30.0`. */
  readonly version: string;
  /** The table of functions itself, for a library that calls it. */
  readonly table: Pointer;
  /** What sessions have in common; there is one a process. */
  readonly environment: Pointer;
  /** Calls a function that returns a status, or nothing. */
  call(name: Name, ...args: unknown[]): void;
  /** Calls a function whose last argument receives what it makes. */
  make(name: Name, ...args: unknown[]): Pointer;
  /** The addresses that lie in a row in memory. */
  pointersAt(address: Pointer, count: number): readonly Pointer[];
  /** As `call`, but on another thread, so that the event loop goes on meanwhile. */
  callAsync(name: Name, ...args: unknown[]): Promise<void>;
}

/**
 * Loads the library at `path`, or finds it loaded already.
 *
 * @throws Error if there is no such library, or it has no such interface.
 */
export function loadApi(koffi: typeof Koffi, path: string): OrtApi {
  const library = koffi.load(path);
  const base = koffi.decode(library.func('void* OrtGetApiBase()')(), 'void*', 2) as Pointer[];
  const [getApi, getVersion] = [
    koffi.decode(base[0], koffi.proto('void*', ['uint32_t'])) as (version: number) => Pointer,
    koffi.decode(base[1], koffi.proto('const char*', [])) as () => string,
  ];
  const table = getApi(apiVersion);
  if (table === null) throw new Error(`it has no C API of version ${apiVersion}`);
  const places = Object.values(functions).map(([place]) => place);
  const addresses = koffi.decode(table, 'void*', Math.max(...places) + 1) as Pointer[];
  const bound = Object.fromEntries(
    Object.entries(functions).map(([name, [place, types]]) => {
      const result = /^(Release|Clear)/.test(name)
        ? 'void'
        : name === 'GetErrorMessage'
          ? 'const char*'
          : 'void*';
      const typed = types.replace('path', pathType[`${process.platform === 'win32'}`]);
      return [name, koffi.decode(addresses[place], koffi.proto(`${result} (${typed})`))];
    }),
  ) as Record<Name, Koffi.KoffiFunc<(...args: unknown[]) => Pointer>>;
  const check = (name: Name, status: Pointer | undefined) => {
    if (!status) return;
    const message = String(bound.GetErrorMessage(status));
    bound.ReleaseStatus(status);
    throw new Error(`${name}: ${message}`);
  };
  const call = (name: Name, ...args: unknown[]) => check(name, bound[name](...args));
  const make = (name: Name, ...args: unknown[]): Pointer => {
    const made: Pointer[] = [null];
    call(name, ...args, made);
    return made[0]!;
  };
  return {
    library,
    version: getVersion(),
    table,
    environment: make('CreateEnv', errorsOnly, 'm3ae'),
    call,
    make,
    pointersAt: (address, count) => koffi.decode(address, 'void*', count) as Pointer[],
    callAsync: (name, ...args) =>
      new Promise<void>((resolve, reject) => {
        bound[name].async(...args, (error: unknown, status: Pointer) => {
          try {
            if (error) throw error;
            check(name, status);
            resolve();
          } catch (reason) {
            reject(reason);
          }
        });
      }),
  };
}
