import { InvalidInput } from '@m3ae/errors';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { chooseBinding } from '../src/run/choose-binding.js';
import * as driver from '../src/run/native/cuda-driver.js';
import { bf16OnCpu } from './support/bf16-on-cpu.js';

const { lackOfBf16 } = driver;

/** Another first part of the compute capability; a code other than 0 from one of the functions. */
const card = (major: number, codes: Partial<Record<keyof driver.CudaDriver, number>> = {}) =>
  lackOfBf16(() =>
    Promise.resolve({
      cuInit: (flags) => (flags === 0 ? (codes.cuInit ?? 0) : 1),
      cuDeviceGet(device, place) {
        device[0] = place === 0 ? 40 : -1;
        return codes.cuDeviceGet ?? 0;
      },
      cuDeviceGetAttribute(value, attribute, device) {
        // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR of cuda.h.
        value[0] = attribute === 75 && device === 40 ? major : -1;
        return codes.cuDeviceGetAttribute ?? 0;
      },
    }),
  );

describe('lackOfBf16', () => {
  test.each([8, 9, 12])('is nothing for a card of compute capability %i', async (major) => {
    expect(await card(major)).toBeUndefined();
  });

  test.each([5, 7])('names compute capability %i', async (major) => {
    expect(await card(major)).toContain(String(major));
  });

  test.each(['cuInit', 'cuDeviceGet', 'cuDeviceGetAttribute'] as const)(
    'is that there is no card where %s fails',
    async (name) => {
      expect(await card(9, { [name]: 100 })).toContain('100');
    },
  );

  test('is why the driver does not load', async () => {
    expect(await lackOfBf16(() => Promise.reject(new Error('no such file\nat once')))).toMatch(
      /no such file\)$/,
    );
  });
});

describe('chooseBinding', () => {
  const lack = vi.spyOn(driver, 'lackOfBf16');
  const runtime = bf16OnCpu();
  const notes: string[] = [];
  const onNote = (note: string) => void notes.push(note);
  beforeEach(() => void notes.splice(0));

  test('asks the card, and takes bf16 where it has it', async () => {
    lack.mockResolvedValue(undefined);
    for (const precision of ['bf16', 'auto'] as const)
      expect(await chooseBinding({ runtime, device: 'cuda', precision, onNote })).toMatchObject({
        precision: 'bf16',
      });
    expect(notes).toEqual([]);
  });

  test('says what a card lacks: as a fault for bf16, as a note for auto', async () => {
    lack.mockResolvedValue('this card is too old');
    const asked = { runtime, device: 'cuda', onNote } as const;
    await expect(chooseBinding({ ...asked, precision: 'bf16' })).rejects.toThrow(/this card is too old/);
    expect(notes).toEqual([]);
    expect(await chooseBinding({ ...asked, precision: 'auto' })).toMatchObject({ precision: 'float32' });
    expect(notes).toEqual([expect.stringContaining('this card is too old')]);
  });

  test('asks nobody for float32, nor for WebGPU, which has no bf16', async () => {
    lack.mockRejectedValue(new Error('asked'));
    for (const device of ['cuda', 'webgpu'] as const)
      expect(await chooseBinding({ runtime, device })).toMatchObject({ precision: 'float32' });
    expect(await chooseBinding({ runtime, device: 'webgpu', precision: 'auto' })).toMatchObject({
      precision: 'float32',
    });
    await expect(chooseBinding({ runtime, device: 'webgpu', precision: 'bf16' })).rejects.toThrow(
      InvalidInput,
    );
  });
});
