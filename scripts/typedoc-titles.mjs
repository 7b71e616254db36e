// A plugin of typedoc: guides are named by their heading instead of their file, and no page shows its title twice.
// usage: "plugin": ["./scripts/typedoc-titles.mjs"] in typedoc.json

const heading = /^\s*# (.+)\n+/;

/** Takes the heading off the front of some Markdown, in the parts that typedoc has split it into, and returns it. */
function takeHeading(parts) {
  const [first] = parts ?? [];
  const title = first?.kind === 'text' ? heading.exec(first.text)?.[1] : undefined;
  if (title !== undefined) first.text = first.text.replace(heading, '');
  return title;
}

/** Names the documents of a project by their headings, and takes the headings off READMEs, whose pages have a title. */
export function titlePages(project) {
  for (const document of project.documents ?? []) {
    document.name = takeHeading(document.content) ?? document.name;
  }
  for (const page of [project, ...(project.children ?? [])]) takeHeading(page.readme);
}

/** Called by typedoc. */
export function load(app) {
  const afterOthers = -100; // typedoc itself reads the README in the same event
  app.on('reviveProject', titlePages, afterOthers);
}
