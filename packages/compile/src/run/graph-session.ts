import type { NdArray } from '@m3ae/tree';
import type { DeviceArray } from '../device-array.js';
import type { NamedElements, NamedLeaf } from '../host.js';
import type { Port } from './prepared-graph.js';
import type { Device, SessionSettings } from './session-options.js';

/** A loaded model: either it writes into arrays that are given to it, or it returns arrays of its own. */
export type GraphSession = {
  /** Frees it. */
  release(): Promise<void>;
} & (
  | {
      readonly delivers: 'given';
      /** Runs once; each result is written into its array. */
      run(feeds: readonly NamedElements[], results: readonly NamedElements[]): Promise<void>;
    }
  | {
      readonly delivers: 'returned';
      /** Runs once; the results are in the order of the graph's outputs. */
      run(feeds: readonly NamedElements[]): Promise<NdArray['data'][]>;
    }
  | {
      readonly delivers: 'kept';
      /** What its arrays have in common with those of other sessions that it takes. */
      readonly space: unknown;
      /** What has gone to the device and come from it. */
      readonly traffic: Traffic;
      /** Runs once; the results, in the order of the graph's outputs, stay on the device. */
      run(feeds: readonly NamedLeaf[]): Promise<DeviceArray[]>;
    }
);

/** Bytes that crossed between host and device. */
export interface Traffic {
  /** Arguments that lay on the host. */
  readonly sentBytes: number;
  /** Results that were read. */
  readonly readBytes: number;
}

/** One way to reach ONNX Runtime. */
export interface Binding {
  /** Of ONNX Runtime, e.g. `1.30.0`; absent where it is not known. */
  readonly version?: string;
  /** Devices on which it keeps results. */
  readonly keeps: readonly Device[];
  /** Loads an encoded graph. */
  open(
    model: Uint8Array,
    ports: { readonly inputs: readonly Port[]; readonly outputs: readonly Port[] },
    settings: SessionSettings,
  ): Promise<GraphSession>;
}
