// Times the hot paths of the built package: npm run build, then `node scripts/measure.mjs`.
import { channelStatistics, createTokenizer, normalizedPatches, resize, resizedCrop } from '@m3ae/preprocess';

function noise(width, height, channels) {
  let state = 1;
  const data = Uint8Array.from({ length: width * height * channels }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> 24;
  });
  return { width, height, channels, data };
}

function time(name, run, rounds) {
  const times = [];
  for (let i = 0; i < rounds; i++) {
    const start = performance.now();
    run();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const shown = [times[0], times[rounds >> 1]].map((ms) => ms.toFixed(3));
  console.log(`${name.padEnd(40)} min ${shown[0]} ms, median ${shown[1]} ms`);
}

const photo = noise(500, 400, 3);
const emoji = noise(64, 64, 3);
const large = { width: 256, height: 256 };
const box = { left: 50, top: 30, width: 350, height: 330 };
const view = resize(photo, large);
const options = { patchSize: 16, ...channelStatistics.cc12m };
time('resize 500 x 400 -> 256 x 256', () => resize(photo, large), 200);
time('resizedCrop 350 x 330 -> 256 x 256', () => resizedCrop(photo, box, large), 200);
time('resize 64 x 64 -> 48 x 48', () => resize(emoji, { width: 48, height: 48 }), 4000);
time('normalizedPatches 256 x 256', () => normalizedPatches(view, options), 400);

const tokenizer = createTokenizer();
const words = tokenizer.vocabulary.filter((piece) => /^[a-z]{3,}$/.test(piece));
const captions = Array.from({ length: 50_000 }, (_, i) =>
  Array.from({ length: 12 }, (_unused, j) => words[(i * 7919 + j * 104_729) % words.length]).join(' '),
);
const start = performance.now();
for (const caption of captions) tokenizer.encodePadded(caption, 64);
console.log(
  `captions of 12 words: ${Math.round(captions.length / ((performance.now() - start) / 1000))} a second`,
);
