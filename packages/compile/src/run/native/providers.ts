import type { Device } from '../session-options.js';
import type { OrtApi, Pointer } from './api.js';

/** Products of float32 numbers stay such: by default CUDA rounds their operands to 10 bits of mantissa (TF32). */
const cudaSettings = { use_tf32: '0' } as const;

/**
 * Buffers that are freed are kept for results of the same size: a graph of fixed shapes asks for the same ones in each run. By default
 * they go into buckets, of which the larger ones hold few and give the rest back. ViT-S step of 64 pictures on an NVIDIA H200: .40 instead of .55 s.
 */
const webGpuSettings = { storageBufferCacheMode: 'simple' } as const;

/**
 * Names the device of a session, whose nodes then run there as far as it can compute them.
 *
 * @throws Error if this ONNX Runtime has no such device, or its parts do not load.
 */
export function addProvider(api: OrtApi, options: Pointer, device: Device): void {
  if (device === 'webgpu') {
    const [names, values] = [Object.keys(webGpuSettings), Object.values(webGpuSettings)];
    api.call('SessionOptionsAppendExecutionProvider', options, 'WebGPU', names, values, names.length);
  } else if (device === 'cuda') {
    const own = api.make('CreateCUDAProviderOptions');
    const [names, values] = [Object.keys(cudaSettings), Object.values(cudaSettings)];
    try {
      api.call('UpdateCUDAProviderOptions', own, names, values, names.length);
      api.call('SessionOptionsAppendExecutionProvider_CUDA_V2', options, own);
    } finally {
      api.call('ReleaseCUDAProviderOptions', own);
    }
  }
}
