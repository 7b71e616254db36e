import { sizeOfShape } from '@m3ae/tree';
import type { Graph, Node, Value } from '../ir/graph.js';
import { isElementwise, producersOf, readersOf, readsOf, views } from '../optimize/nodes.js';

/**
 * Finds donated arguments whose memory a result may take over while the graph runs.
 *
 * An output may be written over an input if it is their last use: each node that reads the input either must run
 * before the node that makes the output, because the latter depends on it, or is that node itself and treats each element
 * (or each block of a `Scan`) alone. A training step has this form: each update needs the norm of all gradients, and
 * each gradient needs the parameters.
 *
 * @param donated - First parts of the paths of donated arguments.
 * @returns For each place of an output, the name of the input it may overwrite. An output is matched to the input of
 * like elements whose path ends alike: `0.params.bias` to `output.state.params.bias`.
 */
export function overwritable(graph: Graph, donated: ReadonlySet<string>): Map<number, string> {
  const pairs = new Map<number, string>();
  if (donated.size === 0) return pairs;
  const dependencies = dependenciesOf(graph);
  const outputs = new Map(graph.outputs.map((value, place) => [value.name!, { value, place }]));
  for (const input of graph.inputs) {
    const [argument, ...path] = input.name!.split('.');
    if (!donated.has(argument!) || path.length === 0) continue;
    const ending = `.${path.join('.')}`;
    const matches = [...outputs.keys()].filter((name) => name.endsWith(ending));
    if (matches.length !== 1) continue;
    const { value: output, place } = outputs.get(matches[0]!)!;
    const alike = output.dtype === input.dtype && sizeOfShape(output.shape) === sizeOfShape(input.shape);
    if (alike && !pairs.has(place) && isLastUse(graph, input, output, dependencies))
      pairs.set(place, input.name!);
  }
  return pairs;
}

/** Which nodes each node depends on, directly or not. */
interface Dependencies {
  /** Whether `later` cannot run before `earlier` has. */
  dependsOn(later: Node, earlier: Node): boolean;
  readersOf(value: Value): readonly Node[];
  producerOf(value: Value): Node | undefined;
}

function dependenciesOf(graph: Graph): Dependencies {
  const producers = producersOf(graph);
  const readers = readersOf(graph);
  const makersOf = (node: Node) =>
    readsOf(node)
      .map((value) => producers.get(value))
      .filter((maker) => maker !== undefined);
  const inputs = new Map(graph.nodes.map((node) => [node, makersOf(node)]));
  // Asked for one node after the other: a table of all pairs would grow with the square of the graph.
  let asked: Node | undefined;
  let ancestors = new Set<Node>();
  return {
    dependsOn(later, earlier) {
      if (later !== asked) {
        asked = later;
        ancestors = new Set(inputs.get(later));
        for (const node of ancestors) for (const maker of inputs.get(node)!) ancestors.add(maker);
      }
      return ancestors.has(earlier);
    },
    readersOf: (value) => readers.get(value) ?? [],
    producerOf: (value) => producers.get(value),
  };
}

/** Whether writing `output` over `input` changes nothing that anyone still reads. */
function isLastUse(graph: Graph, input: Value, output: Value, dependencies: Dependencies): boolean {
  const producer = dependencies.producerOf(output);
  if (!producer || graph.outputs.includes(input)) return false;
  const same = new Set([input]); // values that may lie in the input's memory
  for (const value of same) {
    for (const reader of dependencies.readersOf(value)) {
      if (reader === producer) continue;
      if (!dependencies.dependsOn(producer, reader)) return false;
      if (views.has(reader.op)) {
        const view = reader.outputs[0]!;
        if (graph.outputs.includes(view)) return false;
        same.add(view);
      }
    }
  }
  return !mayBeFused(producer, same, dependencies) && overwritesElementByElement(producer, same, output);
}

/**
 * Whether ONNX Runtime might make one node of the producer and an earlier reader that does not treat elements alone,
 * such as a product and the activation after it; their order would then be no protection.
 */
function mayBeFused(producer: Node, same: ReadonlySet<Value>, dependencies: Dependencies): boolean {
  if (producer.domain === 'm3ae') return false;
  const chain = new Set([producer]);
  for (const node of chain) {
    if (node !== producer && !isElementwise(node)) {
      // No optimiser of ONNX Runtime has this one in its patterns.
      if (node.op === 'ReduceSumSquare') continue;
      if (!views.has(node.op) && node.op !== 'Scan' && readsOf(node).some((value) => same.has(value)))
        return true;
      continue;
    }
    for (const value of readsOf(node)) {
      const earlier = dependencies.producerOf(value);
      if (earlier) chain.add(earlier);
    }
  }
  return false;
}

/** Whether a node that reads some of `same` writes each element of `output` only after its last reading of it. */
function overwritesElementByElement(node: Node, same: ReadonlySet<Value>, output: Value): boolean {
  const read = node.inputs.flatMap((value, i) => (value && same.has(value) ? [i] : []));
  // It reads a block of its tables, then writes that block of its results.
  if (node.domain === 'm3ae' && node.op === 'Elementwise')
    return read.every((i) => node.inputs[i]!.shape.join() === output.shape.join());
  if (node.op === 'If') {
    // Either branch runs alone; what it returns at this place is what may lie in the memory.
    const place = node.outputs.indexOf(output);
    const [value] = same;
    return (
      same.size === 1 &&
      Object.values(node.subgraphs ?? {}).every((branch) =>
        isLastUse(branch, value!, branch.outputs[place]!, dependenciesOf(branch)),
      )
    );
  }
  const body = node.op === 'Scan' ? node.subgraphs?.body : undefined;
  if (!body) {
    if (read.length === 0 && !readsOf(node).some((value) => same.has(value))) return true;
    const treatsEachAlone = isElementwise(node) || node.op === 'Identity';
    return treatsEachAlone && read.every((i) => node.inputs[i]!.shape.join() === output.shape.join());
  }
  if (read.length > 1 || readsOf(node).filter((value) => same.has(value)).length > read.length) return false;
  if (read.length === 0) return true;
  // Block by block: iteration i reads block i of the input and writes block i of the output.
  const [slice, made] = [body.inputs[read[0]!]!, body.outputs[node.outputs.indexOf(output)]!];
  const blocks = node.inputs[read[0]!]!.shape;
  if (blocks.join() !== output.shape.join()) return false;
  return isLastUse(
    { ...body, outputs: body.outputs.filter((value) => value !== slice) },
    slice,
    made,
    dependenciesOf(body),
  );
}
