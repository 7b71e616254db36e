import { decodeSafetensors, encodeSafetensors } from '@m3ae/checkpoint';
import { blockMask, corruptTokens, randomMask, spanMask } from '@m3ae/masking';
import { createMixer } from '@m3ae/mixing';
import {
  channelStatistics,
  createTokenizer,
  normalizedPatches,
  patchify,
  randomResizedCropBox,
  resizedCrop,
  unpatchify,
} from '@m3ae/preprocess';
import { bits, foldIn, key, normal, permutation, randomInteger, split, uniform } from '@m3ae/random';
import { flattenTree, mapTree, ndArray } from '@m3ae/tree';

const texts = [
  'Grinning cat with smiling eyes',
  'naïve café, 世界 — 東京 🙂 #1 fan’s "quote"',
  'a\u0000b\tc\u200d\ufffd ΣΊΣΥΦΟΣ',
  '',
  'supercalifragilisticexpialidocious '.repeat(20),
];

/** The bytes of an array as numbers, so that every bit is compared. */
const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) => [
  ...new Uint8Array(buffer, byteOffset, byteLength),
];

/** What the packages compute, as plain numbers; `normal` is kept apart because it may differ in the last bit. */
export function sample(): { exact: Record<string, number[]>; normal: number[] } {
  const run = foldIn(key(2n ** 31n + 5n), 1200);
  const [a, b] = split(run) as [typeof run, typeof run];
  const tokenizer = createTokenizer();
  const pixels = Uint8Array.from(bits(a, 50 * 40 * 3));
  const picture = { width: 50, height: 40, channels: 3, data: pixels } as const;
  const box = randomResizedCropBox(b, picture);
  const view = resizedCrop(picture, box, { width: 32, height: 24 });
  const grid = { width: 32, height: 24, channels: 3, patchSize: 8 };
  const mask = randomMask(a, { length: 256, maskRatio: 0.75, rows: 3 });
  const blocks = blockMask(a, { grid: [14, 14], maskRatio: 0.4, rows: 2 });
  const spans = spanMask(b, { length: 64, maskRatio: 0.5, rows: 2 });
  const ids = Int32Array.from(bits(a, 60), (word) => 1000 + (word % 20_000));
  const corrupted = corruptTokens(b, ids, { vocabSize: 30_522, maskId: 103, maskRatio: 0.15 });
  const mixer = createMixer({
    key: a,
    batchSize: 8,
    sources: [{ name: 'pairs', kind: 'paired', length: 100 }],
    dropText: 0.3,
  });
  const file = encodeSafetensors({ kernel: ndArray(uniform(a, 6), [2, 3]) }, { made: 'ü' });
  const tree = mapTree({ blocks: [{ kernel: 1 }, { kernel: 2 }] }, (leaf: number) => leaf * 2);
  return {
    exact: {
      keys: [...run, ...a, ...b],
      bits: [...bits(run, 200)],
      uniform: bytesOf(uniform(run, 200)),
      permutation: [...permutation(run, 500)],
      randomInteger: [...randomInteger(run, 100, -5, 1000)],
      tokenIds: texts.flatMap((text) => tokenizer.encode(text)),
      padding: bytesOf(tokenizer.encodePadded(texts[0]!, 12).paddingMask),
      crop: [box.left, box.top, box.width, box.height],
      resized: [...view.data],
      patches: [...patchify(view.data, grid)],
      unpatched: [...unpatchify(patchify(view.data, grid), grid)],
      normalized: bytesOf(normalizedPatches(view, { patchSize: 8, ...channelStatistics.cc12m })),
      masks: [mask, blocks, spans].flatMap(({ idsKeep, idsRestore }) => [
        ...idsKeep.data,
        ...idsRestore.data,
      ]),
      corrupted: [...corrupted.tokenIds, ...corrupted.mask],
      mixed: [mixer.next(), mixer.next()].flatMap(({ parts }) =>
        parts.flatMap(({ indices, useText }) => [...indices, ...useText]),
      ),
      file: [...file],
      decoded: bytesOf(decodeSafetensors(file).tensors.kernel!.data),
      tree: flattenTree<number>(tree).map(([, leaf]) => leaf),
    },
    normal: [...normal(run, 200)],
  };
}
