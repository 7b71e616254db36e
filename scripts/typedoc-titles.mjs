// A plugin of typedoc: guides are named by their heading instead of their file, and no page shows its title twice.
// usage: "plugin": ["./scripts/typedoc-titles.mjs"] in typedoc.json

const heading = /^\s*# (.+)\n+/;

/** The piece of Markdown that begins with a heading; nothing where another thing comes first. */
function titledPart(parts) {
  const [first] = parts ?? [];
  return first?.kind === 'text' && heading.test(first.text) ? first : undefined;
}

/** Names the documents of a project by their headings, and takes the headings off READMEs, whose pages have a title. */
export function titlePages(project) {
  for (const document of project.documents ?? []) {
    const part = titledPart(document.content);
    if (part !== undefined) document.name = heading.exec(part.text)[1];
  }
  for (const { readme } of [project, ...(project.children ?? [])]) {
    const part = titledPart(readme);
    if (part !== undefined) part.text = part.text.replace(heading, '');
  }
}

/** Called by typedoc. */
export function load(app) {
  const afterOthers = -100; // typedoc itself reads the README in the same event
  app.on('reviveProject', titlePages, afterOthers);
}
