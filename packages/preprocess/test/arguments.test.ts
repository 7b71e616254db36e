import { key } from '@m3ae/random';
import { expect, test } from 'vitest';
import { nativeErrors } from '../../errors/test/wrong-arguments.js';
import {
  centerCrop,
  channelStatistics,
  createTokenizer,
  crop,
  denormalize,
  drawMixing,
  flipHorizontal,
  mixPatches,
  normalize,
  normalizedPatches,
  patchify,
  randomResizedCropBox,
  resize,
  resizedCrop,
  resizeShorterSide,
  softTargets,
  symmetricBeta,
  tokenizerFromMapping,
  tokenizerFromPieces,
  toFullIds,
  toRgb,
  toTrimmedIds,
  trimVocabulary,
  unpatchify,
} from '../src/index.js';

const image = { width: 8, height: 8, channels: 3, data: new Uint8Array(192) } as const;
const box = { left: 0, top: 0, width: 4, height: 4 };
const edges = { left: 0.5, top: 0, right: 4, bottom: 4 };
const grid = { width: 8, height: 8, channels: 3, patchSize: 4 };
const { mean, std } = channelStatistics.imagenet;
const small = tokenizerFromPieces(['[PAD]', '[UNK]', 'a', 'dog']);
const { mapping } = trimVocabulary(small, ['a dog']);
const cut = { kind: 'cutmix', weight: 0.5, box } as const;
const layout = { batch: 2, columns: 2, patchSize: 4, channels: 3 };

test.each<[string, (...args: never[]) => unknown, unknown[]]>([
  ['toRgb', toRgb, [image, { background: 0 }]],
  ['crop', crop, [image, box]],
  ['centerCrop', centerCrop, [image, { width: 4, height: 4 }]],
  ['resize', resize, [image, { width: 4, height: 4, box: edges }]],
  ['resizedCrop', resizedCrop, [image, box, { width: 2, height: 2 }]],
  ['resizeShorterSide', resizeShorterSide, [image, 4]],
  ['flipHorizontal', flipHorizontal, [image]],
  ['randomResizedCropBox', randomResizedCropBox, [key(0), image, { area: [0.5, 1], aspect: [1, 1] }]],
  ['normalize', normalize, [image, mean, std]],
  ['normalizedPatches', normalizedPatches, [image, { patchSize: 4, mean, std }, new Float32Array(192), 0]],
  ['denormalize', denormalize, [new Float32Array(6), mean, std]],
  ['patchify', patchify, [image.data, grid]],
  ['unpatchify', unpatchify, [image.data, grid]],
  [
    'drawMixing',
    drawMixing,
    [key(0), { width: 8, height: 8 }, { mixup: 1, cutmix: 1, switchProbability: 0.5 }],
  ],
  ['mixPatches', mixPatches, [new Float32Array(384), cut, layout]],
  ['softTargets', softTargets, [Int32Array.of(0, 1), { classes: 2, labelSmoothing: 0.1, mixing: cut }]],
  ['symmetricBeta', symmetricBeta, [key(0), 1]],
  ['createTokenizer', createTokenizer, [{ vocabulary: small.vocabulary }]],
  ['tokenizerFromPieces', tokenizerFromPieces, [small.vocabulary]],
  ['encode', small.encode, ['a dog', 5]],
  ['encodePadded', small.encodePadded, ['a dog', 5]],
  ['pieces', small.pieces, [[2, 3]]],
  ['decode', small.decode, [[2, 3]]],
  ['trimVocabulary', trimVocabulary, [Object.create(small), ['a dog'], { minimumCount: 1 }]],
  ['tokenizerFromMapping', tokenizerFromMapping, [mapping]],
  ['toFullIds', toFullIds, [mapping, [1, 2]]],
  ['toTrimmedIds', toTrimmedIds, [mapping, [1, 2]]],
])('%s refuses arguments of a wrong kind by name', (_, fn, args) => {
  expect(() => fn(...(args as never[]))).not.toThrow();
  expect(nativeErrors(fn, args)).toEqual([]);
});

test('the side of a square is a size', () => {
  const square = { width: 4, height: 4 };
  expect(centerCrop(image, 4)).toEqual(centerCrop(image, square));
  expect(resize(image, 4)).toEqual(resize(image, square));
  expect(resizedCrop(image, box, 4)).toEqual(resizedCrop(image, box, square));
});
