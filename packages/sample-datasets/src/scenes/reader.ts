import { type ContentReader, readPixelsAt } from '@m3ae/datasets';
import { resize, type RgbImage } from '@m3ae/preprocess';
import { drawDrawings, drawLayout, type SceneContent, type SceneLayout } from './layout.js';

/** The script with {@link readerOf} that worker threads import; from source (in tests) the built one, so build first. */
export const readerModule = new URL(
  import.meta.url.endsWith('.ts')
    ? '../../dist/scene-reader.js'
    : `./scene-reader.${import.meta.url.endsWith('.cjs') ? 'cjs' : 'js'}`,
  import.meta.url,
).href;

/** Composes scenes as they are asked for; none is stored. */
export function readerOf(content: SceneContent, name: string): ContentReader {
  return {
    caption: (index) => captionOfScene(content, index),
    image: async (index) => composeScene(content, drawLayout(content, index)),
    describe: (index) => `${name} ${index + 1} (${captionOfScene(content, index)})`,
  };
}

/** A caption, and which characters name each part: start, and the first one behind. */
interface SceneCaption {
  readonly caption: string;
  readonly words: readonly (readonly [start: number, end: number])[];
}

/** Names the drawings of a scene, with as many tags as the content asks for. */
export function sceneCaption(content: SceneContent, drawings: readonly number[]): SceneCaption {
  const { records, separator, tags, tagSeparator } = content;
  let caption = '';
  const words = drawings.map((drawing) => {
    const { label, tags: known } = records[drawing]!;
    if (caption !== '') caption += separator;
    const start = caption.length;
    caption += [label, ...known.slice(0, tags)].join(tagSeparator);
    return [start, caption.length] as const;
  });
  return { caption, words };
}

/** The caption of one scene. */
function captionOfScene(content: SceneContent, index: number): string {
  return sceneCaption(content, drawDrawings(content, index)).caption;
}

/**
 * Paints a scene: the plain background, and each drawing scaled to its box.
 *
 * The drawings are stored on white, without alpha; they are multiplied with the background, so that white becomes the
 * background, soft edges stay soft, and the rest darkens a little.
 *
 * @returns [size, size, 3]
 */
function composeScene(
  { drawings, rows, size }: Pick<SceneContent, 'drawings' | 'rows' | 'size'>,
  { background, parts }: SceneLayout,
): RgbImage {
  const data = new Uint8Array(size * size * 3);
  const [red, green, blue] = background;
  for (let at = 0; at < data.length; at += 3) {
    data[at] = red;
    data[at + 1] = green;
    data[at + 2] = blue;
  }
  const tinted = background.map(tableOf);
  for (const { drawing, box } of parts) {
    const [left, top, right, bottom] = box;
    const { width, height } = { width: right - left, height: bottom - top };
    const picture = resize(readPixelsAt(drawings, rows[drawing]!), { width, height });
    let from = 0;
    for (let y = top; y < bottom; y++) {
      let to = (y * size + left) * 3;
      for (let x = 0; x < width; x++) {
        for (let channel = 0; channel < 3; channel++) data[to++] = tinted[channel]![picture.data[from++]!]!;
      }
    }
  }
  return { width: size, height: size, channels: 3, data };
}

/** What each value of a drawing becomes on a background whose channel has some value. */
function tableOf(value: number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, drawn) => Math.round((drawn * value) / 255));
}
