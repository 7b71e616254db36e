import type { ContentReader } from '../content/reader.js';
import { captionOfScene } from './caption.js';
import { composeScene } from './compose.js';
import type { SceneContent } from './content.js';
import { drawLayout } from './layout.js';

/** Composes scenes as they are asked for; none is stored. */
export function sceneReader(content: SceneContent, name: string): ContentReader {
  return {
    caption: (index) => captionOfScene(content, index),
    image: async (index) => composeScene(content, drawLayout(content, index)),
    describe: (index) => `${name} ${index + 1} (${captionOfScene(content, index)})`,
  };
}
