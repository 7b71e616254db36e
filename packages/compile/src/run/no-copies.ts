import type { onnx as Onnx } from 'onnx-proto';

/**
 * Name of the extra output that {@link keepsResults} puts first.
 *
 * After a run, `onnxruntime-node` copies each output into a new array, even one that was written into an array of the
 * caller's, which costs a training step a copy of its whole state. It goes through the outputs in order and gives up
 * with an error at the first that is no tensor. By then the run is complete and the caller's arrays are filled.
 */
const marker = 'results are already in place';

/** How `onnxruntime-node` words that error. */
const givenUp = /non tensor type is temporarily not supported/i;

/** Adds the extra output, an empty list, to a model whose results are all written into given arrays. */
export function withoutCopies(graph: Onnx.IGraphProto): Onnx.IGraphProto {
  const element = { tensorType: { elemType: 1, shape: { dim: [] } } };
  return {
    ...graph,
    node: [{ opType: 'SequenceEmpty', input: [], output: [marker], attribute: [] }, ...(graph.node ?? [])],
    output: [{ name: marker, type: { sequenceType: { elemType: element } } }, ...(graph.output ?? [])],
  };
}

/** What to ask for besides the results. */
export const markerFetch = { [marker]: null };

/** Runs a session made with {@link withoutCopies}; any other error is thrown on. */
export async function keepsResults(run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof Error && givenUp.test(error.message))) throw error;
  }
}
