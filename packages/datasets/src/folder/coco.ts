import { isRecord } from '@m3ae/errors';

/**
 * Captions of a COCO file: `images` with `id` and `file_name`, `annotations` with `image_id` and `caption`.
 *
 * @returns An item `{ image, caption }` for each picture, with all its captions; undefined for any other object.
 */
export function cocoItems(whole: unknown): unknown[] | undefined {
  if (!isRecord(whole)) return undefined;
  const { images, annotations } = whole;
  if (!Array.isArray(images) || !Array.isArray(annotations)) return undefined;
  const fieldsOf = (item: unknown): Readonly<Record<string, unknown>> => (isRecord(item) ? item : {});
  const captions = new Map<unknown, unknown[]>();
  for (const annotation of annotations) {
    const { image_id: id, caption } = fieldsOf(annotation);
    if (typeof caption !== 'string') continue; // of another task: boxes, key points
    const list = captions.get(id);
    if (list) list.push(caption);
    else captions.set(id, [caption]);
  }
  return images.map((each) => {
    const { id, file_name: image } = fieldsOf(each);
    return { image, caption: captions.get(id) ?? '' };
  });
}
