import { faultOf, throwFaults } from '@m3ae/errors';
import { toReferenceNames } from '@m3ae/transformer';
import type { NdArray } from '@m3ae/tree';
import type { ModelWeights } from '../model.js';
import { type Pickled, writePickle } from './pickle.js';

/**
 * A training state as the M3AE authors' code keeps it, for its probes and fine-tuning: a pickle of
 * `{step, epoch, variant, state}`, where `state` is an `m3ae.model.M3AETrainState` with `params`. It has no optimizer, so
 * their pre-training cannot go on from it.
 *
 * @returns The file in pieces.
 * @throws InvalidInput if the model is not one of that code: no decoder, learned positions, exact GELU.
 */
export function toOfficialPickle(model: ModelWeights): Generator<Uint8Array> {
  const { kind, config, params, step = 0 } = model;
  const remedy = 'Write safetensors instead.';
  throwFaults([
    kind !== 'm3ae' && kind !== 'mae' && faultOf('kind', 'm3ae or mae', kind, remedy),
    config.gelu !== 'tanh' && faultOf('gelu', 'tanh', config.gelu, remedy),
    config.normEpsilon !== 1e-6 && faultOf('normEpsilon', '1e-6', config.normEpsilon, remedy),
    config.learnedPositions !== undefined && faultOf('learnedPositions', 'left out', 'learned ones', remedy),
    config.inputNorm === true && faultOf('inputNorm', 'false', true, remedy),
  ]);
  const state = {
    module: kind === 'mae' ? 'flax.training.train_state' : 'm3ae.model',
    name: kind === 'mae' ? 'TrainState' : 'M3AETrainState',
    fields: {
      step,
      apply_fn: null,
      params: new Map([['params', nested(toReferenceNames(params))]]),
      tx: null,
      opt_state: null,
      ...(kind === 'm3ae' && { tokenizer_params: null }),
    },
  };
  const flags = new Map<string, Pickled>([
    [`${kind}.model_type`, null],
    [`${kind}.emb_dim`, config.embedDim],
    [`${kind}.depth`, config.depth],
    [`${kind}.num_heads`, config.heads],
    [`${kind}.dec_emb_dim`, config.decoderDim],
    [`${kind}.dec_depth`, config.decoderDepth],
    [`${kind}.dec_num_heads`, config.decoderHeads],
    [`${kind}.mlp_ratio`, config.mlpRatio],
    [`${kind}.output_head_depth`, config.outputHeadDepth],
    [`${kind}.use_type_embedding`, config.useTypeEmbedding],
    ['patch_size', config.patchSize],
  ]);
  return writePickle(
    new Map<string, Pickled>([
      ['step', step],
      ['epoch', 0],
      ['variant', flags],
      ['state', state],
    ]),
  );
}

/** Names with slashes to dicts within dicts. */
function nested(arrays: Readonly<Record<string, NdArray>>): ReadonlyMap<string, Pickled> {
  const root = new Map<string, Pickled>();
  for (const [name, array] of Object.entries(arrays)) {
    const parts = name.split('/');
    let dict = root;
    for (const part of parts.slice(0, -1)) {
      if (!dict.has(part)) dict.set(part, new Map());
      dict = dict.get(part) as Map<string, Pickled>;
    }
    dict.set(parts.at(-1)!, array);
  }
  return root;
}
