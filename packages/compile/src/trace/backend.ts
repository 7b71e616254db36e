import {
  type BackendValues,
  type DataId,
  engine,
  KernelBackend,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { sizeOfShape } from '@m3ae/tree';
import { invalidField } from '@m3ae/errors';
import { type GraphBuilder, graphBuilder } from '../ir/builder.js';
import { createValue, type ElementType, fullData, type Value } from '../ir/graph.js';
import { elementType } from './emitter.js';

/** Name under which tfjs knows the recording backend; kernels are registered for it. */
export const backendName = 'm3ae-trace';

/** Reads a tensor that lives on another backend. */
type ReadOutside = (dataId: DataId) => BackendValues | undefined;

/**
 * A tfjs backend whose tensors are values of a graph. It computes nothing.
 *
 * A class because tfjs asks for an instance of `KernelBackend`; it lives for one recording.
 */
export class TraceBackend extends KernelBackend {
  /** The graph under construction. */
  readonly graph: GraphBuilder = graphBuilder();
  /** The error of an asynchronous read. */
  failedRead: unknown;
  private readonly values = new Map<DataId, Value>();
  private readonly origins = new Map<Value, string>();

  constructor(
    /** Name of the recorded function, for errors. */
    private readonly functionName: string,
    private readonly readOutside: ReadOutside,
  ) {
    super();
  }

  /** Makes a tensor that stands for an input of the graph. */
  input(shape: readonly number[], dtype: ElementType, name: string): { tensor: TensorInfo; value: Value } {
    const value = createValue([...shape], dtype, name);
    return { tensor: this.wrap(value, `input ${name}`), value };
  }

  /** The handle by which tfjs passes a value on; `origin` says in errors what made it. */
  wrap(value: Value, origin: string): TensorInfo {
    const dataId = {};
    this.values.set(dataId, value);
    if (!this.origins.has(value)) this.origins.set(value, origin);
    return { dataId, shape: [...value.shape], dtype: value.dtype as 'float32' };
  }

  /** The value behind a tensor; tensors from outside become constants. */
  lookUp(tensor: TensorInfo): Value {
    const known = this.values.get(tensor.dataId);
    if (known !== undefined) {
      // tfjs reshapes some tensors by giving the same data another shape.
      return known.shape.join() === tensor.shape.join() ? known : this.graph.reshape(known, tensor.shape);
    }
    const data = this.readOutside(tensor.dataId);
    if (data === undefined) {
      throw new Error(
        `${this.functionName} must use tensors of this call or constants; received a tensor [${tensor.shape}] recorded in an earlier call. ` +
          'Return it from that call and pass it as an argument.',
      );
    }
    const value = this.graph.constant(data as ArrayLike<number>, tensor.shape, this.knownType(tensor.dtype));
    this.values.set(tensor.dataId, value);
    this.origins.set(value, 'a tensor made outside');
    return value;
  }

  private knownType(dtype: string): ElementType {
    const type = elementType(dtype);
    if (type !== undefined) return type;
    throw new RangeError(
      `tensors of ${this.functionName} must be float32, int32 or bool; received ${dtype}. Convert them before the call.`,
    );
  }

  override write(values: BackendValues, shape: number[], dtype: 'float32'): DataId {
    // Values are absent while tfjs sets up a tensor that a kernel will fill; no operation used here does that.
    const data = values as ArrayLike<number>;
    if (data.length !== sizeOfShape(shape)) {
      // A list stands where one tensor belongs; tfjs takes it for numbers, and finds none in it.
      const remedy = 'Join them with stack() or concat(), or pass one NdArray.';
      const field = `each operand in ${this.functionName}`;
      throw invalidField(field, 'one tensor', `a list [${shape}] of tensors`, remedy);
    }
    return this.wrap(this.graph.constant(data, shape, this.knownType(dtype)), 'a constant').dataId;
  }

  override move(dataId: DataId, values: BackendValues, shape: number[], dtype: 'float32'): void {
    this.values.set(dataId, this.graph.constant(values as ArrayLike<number>, shape, this.knownType(dtype)));
  }

  /** Constants may be read, they are the same in every run; nothing else has a value yet. */
  override readSync(dataId: DataId): BackendValues {
    const value = this.values.get(dataId);
    const constant = value && this.graph.constantData(value);
    if (value === undefined || constant === undefined) {
      throw readError(
        this.functionName,
        (value && this.origins.get(value)) ?? 'an unknown tensor',
        value?.shape ?? [],
      );
    }
    return fullData(value, constant) as Float32Array;
  }

  /** Never answers: the error is thrown when the function returns, where somebody sees it. */
  override read(dataId: DataId): Promise<BackendValues> {
    try {
      return Promise.resolve(this.readSync(dataId));
    } catch (error) {
      this.failedRead ??= error;
      return new Promise(() => {});
    }
  }

  override readToGPU(dataId: DataId): never {
    this.readSync(dataId);
    throw readError(this.functionName, 'a constant', []);
  }

  override disposeData(): boolean {
    return true;
  }
  override refCount(): number {
    return 1;
  }
  override incRef(): void {}
  override numDataIds(): number {
    return 0;
  }
  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }
  override floatPrecision(): 32 {
    return 32;
  }
  override timerAvailable(): boolean {
    return false;
  }
  override dispose(): void {}
}

/** The recording in progress, if any. */
export function activeTrace(): TraceBackend | undefined {
  const { backendName: current } = engine();
  return current === backendName ? (engine().backend as TraceBackend) : undefined;
}

/** A value was asked for while there is none. */
function readError(functionName: string, origin: string, shape: readonly number[]): Error {
  return new Error(
    `${functionName} must not read the value of a tensor; received a read of the result of ${origin}, shape [${shape}]. ` +
      'Values are not known while the function is recorded: choose with where(), or return the tensor and read the result of the call.',
  );
}
