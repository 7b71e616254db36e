import { messageOf } from '@m3ae/errors';
import { loadKoffi } from './library.js';

/** Functions of NVIDIA's driver that tell what a card can do; each returns 0 where it worked, and puts its answer into a list of one number. */
export interface CudaDriver {
  cuInit(flags: number): number;
  cuDeviceGet(device: [number], place: number): number;
  cuDeviceGetAttribute(value: [number], attribute: number, device: number): number;
}

/** Number of the attribute that is the first part of a card's compute capability. */
const computeCapabilityMajor = 75;

/** Ampere, the first that multiplies bf16. */
const firstWithBf16 = 8;

/**
 * Why the first card has no bf16 products.
 *
 * @param load - Loads the driver.
 * @returns Nothing where it has them.
 */
export async function lackOfBf16(load: () => Promise<CudaDriver> = loadDriver): Promise<string | undefined> {
  try {
    const driver = await load();
    const [device, capability]: [[number], [number]] = [[0], [0]];
    const code =
      driver.cuInit(0) ||
      driver.cuDeviceGet(device, 0) ||
      driver.cuDeviceGetAttribute(capability, computeCapabilityMajor, device[0]);
    if (code !== 0) return `the CUDA driver finds no card (code ${code})`;
    if (capability[0] >= firstWithBf16) return undefined;
    return `this card, of compute capability ${capability[0]}, has no bf16 products: it takes ${firstWithBf16}`;
  } catch (error) {
    return `the CUDA driver does not load (${messageOf(error).split('\n', 1)[0]!})`;
  }
}

async function loadDriver(): Promise<CudaDriver> {
  const koffi = await loadKoffi();
  const library = koffi.load(process.platform === 'win32' ? 'nvcuda.dll' : 'libcuda.so.1');
  return {
    cuInit: library.func('int cuInit(unsigned int)'),
    cuDeviceGet: library.func('int cuDeviceGet(_Out_ int *, int)'),
    cuDeviceGetAttribute: library.func('int cuDeviceGetAttribute(_Out_ int *, int, int)'),
  };
}
