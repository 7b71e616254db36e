import type { TrainerConfig } from './schema.js';

/** Options that only rebuilding what was hidden gives a meaning. */
const rebuilding = ['normalizeTargets', 'imageAllTokens', 'textAllTokens'] as const;

function* unused({ method, loss, augment }: TrainerConfig): Generator<string> {
  if (method === 'clip' || method === 'supervised') {
    for (const name of rebuilding.filter((option) => loss[option])) {
      yield `loss.${name} must be false with method "${method}", which hides and rebuilds nothing; received true. Leave it out.`;
    }
  }
  if (method === 'supervised') return;
  for (const name of ['mixup', 'cutmix', 'labelSmoothing'] as const) {
    if (augment[name] > 0) {
      yield `augment.${name} must be 0 with method "${method}", which has no labels to mix; received ${augment[name]}. Leave it out, or use method "supervised".`;
    }
  }
}

/** Codes are predicted by a model that rebuilds, and not normalized. */
function* tokenizerFaults({ method, image: { tokenizer }, loss, report }: TrainerConfig): Generator<string> {
  if (tokenizer === undefined) return;
  if (method === 'clip' || method === 'supervised')
    yield `image.tokenizer must be left out with method "${method}", which rebuilds nothing; received one. Use method "m3ae" or "mae".`;
  if (loss.normalizeTargets)
    yield 'loss.normalizeTargets must be false with image.tokenizer, whose codes are no numbers; received true. Leave it out.';
  if (tokenizer.decoder?.takes === 'vectors' && tokenizer.codebook === undefined)
    yield 'image.tokenizer.codebook must be there for a decoder that takes vectors; received nothing. Name its file, or let it take codes.';
  if (report.enabled && tokenizer.decoder === undefined && tokenizer.codebook === undefined)
    yield 'image.tokenizer.decoder must be there for the pictures of the report; received nothing. Name its file, or set report.enabled to false.';
}

/** Settings that take every caption away from a method that learns from them. */
function* textlessFaults({ method, data }: TrainerConfig): Generator<string> {
  const learns = method === 'clip' || (method === 'm3ae' && data.unpairedText === null);
  if (!learns || (data.pairedShare > 0 && data.dropText < 1)) return;
  const [name, value] = data.pairedShare === 0 ? ['pairedShare', 0] : ['dropText', 1];
  yield `data.${name} must leave some captions with method "${method}"; received ${value}. Leave it out, or use method "mae".`;
}

function* clipFaults({ method, model, train }: TrainerConfig): Generator<string> {
  if (method !== 'clip') return;
  const { clip, embedDim, heads } = model;
  if (train.batchSize < 2) {
    yield `train.batchSize must be at least 2 with method "clip"; received ${train.batchSize}. A caption is told apart from those of the other pictures; use e.g. 64.`;
  }
  const dim = clip.textDim ?? embedDim;
  const textHeads = clip.textHeads ?? heads;
  if (dim !== undefined && textHeads !== undefined && dim % textHeads !== 0) {
    yield `model.clip.textHeads must divide model.clip.textDim = ${dim}; received ${textHeads}. Give one that does.`;
  }
  if (clip.textPooling === 'cls' && clip.textAttention === 'causal') {
    yield 'model.clip.textPooling must be "last" or "mean" with causal attention; received "cls". A first token sees no other; set model.clip.textAttention to "full".';
  }
}

function* supervisedFaults({ method, data: { source } }: TrainerConfig): Generator<string> {
  if (method !== 'supervised' || !('labels' in source)) return;
  if (source.labels === 'none') {
    yield 'data.source.labels must name where the classes are with method "supervised"; received "none". Use "subfolder" or "column".';
  }
}

function* layerFaults({ optimizer }: TrainerConfig): Generator<string> {
  if (optimizer.layers !== 'standard' && optimizer.layerDecay === 1) {
    yield `optimizer.layers must be left out where optimizer.layerDecay is 1; received "${optimizer.layers}". Set optimizer.layerDecay below 1, e.g. 0.75.`;
  }
}

function* weightFaults({ data }: TrainerConfig): Generator<string> {
  if (data.weights === null) return;
  if (data.strategy !== 'weighted') {
    yield `data.weights must be null unless data.strategy is "weighted"; received weights. Set the strategy, or leave them out.`;
  } else if (data.weights.pictures + data.weights.unpairedText === 0) {
    yield 'data.weights must hold one above 0; received only zeros. Write e.g. { pictures: 3, unpairedText: 1 }.';
  }
}

function* optimizerFaults({ optimizer }: TrainerConfig): Generator<string> {
  if (optimizer.kind === 'adamW' && optimizer.momentum !== 0.9) {
    yield `optimizer.momentum must be left out with kind "adamW"; received ${optimizer.momentum}. Use b1 and b2.`;
  }
}

/** What a method needs, and what it would pass over in silence; each check yields one sentence a fault. */
export const methodChecks = [
  unused,
  tokenizerFaults,
  textlessFaults,
  clipFaults,
  supervisedFaults,
  layerFaults,
  weightFaults,
  optimizerFaults,
] as const;
