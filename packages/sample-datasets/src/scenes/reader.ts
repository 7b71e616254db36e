import type { ContentReader } from '@m3ae/datasets';
import { captionOfScene } from './caption.js';
import { composeScene } from './compose.js';
import type { SceneContent } from './content.js';
import { drawLayout } from './layout.js';

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
