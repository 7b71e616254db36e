import { invalidField } from '@m3ae/errors';

/** A value was asked for while there is none. */
export function readError(functionName: string, origin: string, shape: readonly number[]): Error {
  return new Error(
    `${functionName} must not read the value of a tensor; received a read of the result of ${origin}, shape [${shape}]. ` +
      'Values are not known while the function is recorded: choose with where(), or return the tensor and read the result of the call.',
  );
}

/** A kernel that nobody has taught the recorder. */
export function missingEmitterError(kernel: string, shapes: readonly string[]): Error {
  return new Error(
    `kernel ${kernel} must have an emitter to be compiled; received a call on ${shapes.join(', ') || 'no tensors'}. ` +
      'Add one to a table in packages/compile/src/trace/kernels/ (index.ts there lists the tables), or write the function with other operations.',
  );
}

/** A list stands where one tensor belongs; tfjs takes it for numbers, and finds none in it. */
export function listError(functionName: string, shape: readonly number[]): Error {
  return invalidField(
    `each operand in ${functionName}`,
    'one tensor',
    `a list [${shape}] of tensors`,
    'Join them with stack() or concat(), or pass one NdArray.',
  );
}
