import type { SceneContent } from './content.js';
import { drawDrawings } from './layout.js';

/** A caption, and which characters name each part: start, and the first one behind. */
export interface SceneCaption {
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
export function captionOfScene(content: SceneContent, index: number): string {
  return sceneCaption(content, drawDrawings(content, index)).caption;
}
