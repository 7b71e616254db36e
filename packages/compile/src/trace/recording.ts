import { engine, getKernel, type NamedTensorInfoMap } from '@tensorflow/tfjs-core';
import { activeTrace, backendName, TraceBackend } from './backend.js';
import { missingEmitterError } from './errors.js';
import { registerEmitters } from './kernel-registry.js';

/**
 * Makes the recording backend current while `body` runs, then puts everything back, also on failure.
 *
 * @throws Error if a recording is in progress already.
 */
export function withTraceBackend<Result>(
  functionName: string,
  body: (backend: TraceBackend) => Result,
): Result {
  if (activeTrace() !== undefined) {
    throw new Error(
      `${functionName} must not be compiled while another function is recorded; received a call from inside of one. ` +
        'Call the plain function there: it becomes a part of the graph.',
    );
  }
  registerEmitters();
  return withFreshState((former) => {
    const shared = engine();
    const formerBackend = shared.backendName;
    const backend = new TraceBackend(functionName, (dataId) =>
      former.tensorInfo.get(dataId)?.backend.readSync(dataId),
    );
    // Registered for this recording only: tfjs must never choose it by itself.
    shared.registerBackend(backendName, () => backend, -1);
    try {
      // Takes effect before it returns its promise, because the backend needs no waiting.
      void shared.setBackend(backendName);
      return withNamedFailures(() => body(backend));
    } finally {
      shared.removeBackend(backendName);
      if (formerBackend) void shared.setBackend(formerBackend);
    }
  });
}

/** Lets the engine say more about a kernel without emitter than its name. */
function withNamedFailures<Result>(body: () => Result): Result {
  const shared = engine();
  const runKernel = shared.runKernel.bind(shared);
  shared.runKernel = (kernelName, inputs, attributes) => {
    if (getKernel(kernelName, backendName) === undefined) {
      throw missingEmitterError(kernelName, describe(inputs));
    }
    return runKernel(kernelName, inputs, attributes);
  };
  try {
    return body();
  } finally {
    Reflect.deleteProperty(shared, 'runKernel');
  }
}

function describe(inputs: NamedTensorInfoMap): string[] {
  return Object.entries(inputs).flatMap(([name, tensor]) =>
    tensor ? [`${name}: ${tensor.dtype} [${tensor.shape}]`] : [],
  );
}

type EngineState = ReturnType<typeof engine>['state'];

/**
 * Runs `body` on an empty engine state, then puts the former one back, also on failure.
 *
 * Recording makes tensors without memory behind them. In a state of their own they need no disposal, appear in
 * no count of `memory()`, and an error in the middle of a gradient leaves neither a tape nor a kept tensor behind.
 *
 * @param body - Receives the former state, which knows the tensors made outside.
 */
function withFreshState<Result>(body: (former: EngineState) => Result): Result {
  const shared = engine();
  const former = shared.state;
  shared.state = new (former.constructor as new () => EngineState)();
  try {
    return body(former);
  } finally {
    shared.state = former;
  }
}
