/** A piece of Markdown as typedoc holds it. */
export interface PagePart {
  kind: string;
  text: string;
}

/** What the plugin reads of a project. */
export interface TitledProject {
  documents?: { name: string; content: PagePart[] }[];
  readme?: PagePart[];
  children?: { readme?: PagePart[] }[];
}

export function titlePages(project: TitledProject): void;
