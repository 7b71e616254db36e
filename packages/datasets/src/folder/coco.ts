/**
 * Captions of a COCO file: `images` with `id` and `file_name`, `annotations` with `image_id` and `caption`.
 *
 * @returns An item `{ image, caption }` for each picture, with all its captions; undefined for any other object.
 */
export function cocoItems(whole: unknown): unknown[] | undefined {
  const { images, annotations } = (whole ?? {}) as {
    readonly images?: unknown;
    readonly annotations?: unknown;
  };
  if (!Array.isArray(images) || !Array.isArray(annotations)) return undefined;
  const captions = new Map<unknown, unknown[]>();
  for (const annotation of annotations) {
    const { image_id: id, caption } = (annotation ?? {}) as {
      readonly image_id?: unknown;
      readonly caption?: unknown;
    };
    if (typeof caption !== 'string') continue; // of another task: boxes, key points
    const list = captions.get(id);
    if (list) list.push(caption);
    else captions.set(id, [caption]);
  }
  return images.map((each) => {
    const { id, file_name: image } = (each ?? {}) as { readonly id?: unknown; readonly file_name?: unknown };
    return { image, caption: captions.get(id) ?? '' };
  });
}
