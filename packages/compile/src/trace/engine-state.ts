import { engine } from '@tensorflow/tfjs-core';

type EngineState = ReturnType<typeof engine>['state'];

/**
 * Runs `body` on an empty engine state, then puts the former one back, also on failure.
 *
 * Recording makes tensors without memory behind them. In a state of their own they need no disposal, appear in
 * no count of `memory()`, and an error in the middle of a gradient leaves neither a tape nor a kept tensor behind.
 *
 * @param body - Receives the former state, which knows the tensors made outside.
 */
export function withFreshState<Result>(body: (former: EngineState) => Result): Result {
  const shared = engine();
  const former = shared.state;
  shared.state = new (former.constructor as new () => EngineState)();
  try {
    return body(former);
  } finally {
    shared.state = former;
  }
}
