/** One icon of an Iconify set: the inside of an SVG document. */
export interface Icon {
  readonly body: string;
  readonly left?: number;
  readonly top?: number;
  readonly width?: number;
  readonly height?: number;
  /** Kept for old programs only, e.g. because another icon replaced it. */
  readonly hidden?: boolean;
}

/** Another name of an icon, perhaps turned. */
export interface Alias {
  readonly parent: string;
  readonly hFlip?: boolean;
  readonly vFlip?: boolean;
  readonly rotate?: number;
}

/** What `icons.json` of an Iconify package holds. */
export interface IconSet {
  readonly icons: Record<string, Icon>;
  readonly aliases?: Record<string, Alias>;
  readonly width?: number;
  readonly height?: number;
}

/** What `info.json` of an Iconify package says of its origin. */
export interface IconifyInfo {
  readonly name: string;
  readonly author: { readonly name: string; readonly url: string };
  readonly license: { readonly title: string; readonly url: string };
}

/** An icon as an SVG document; `"SIZE"` stands for its width and height. */
export function toSvg(set: IconSet, icon: Icon): string {
  const { left = 0, top = 0, width = set.width ?? 16, height = set.height ?? 16 } = icon;
  return (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ' +
    `viewBox="${left} ${top} ${width} ${height}" width="SIZE" height="SIZE">${icon.body}</svg>`
  );
}
