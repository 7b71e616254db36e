import { expect, test } from 'vitest';
import { titlePages } from '../../scripts/typedoc-titles.mjs';

const text = (markdown: string) => [
  { kind: 'text', text: markdown },
  { kind: 'relative-link', text: '#no heading' },
];

test('guides are named by their heading, and each title stands once', () => {
  const project = {
    documents: [
      { name: 'study', content: text('# Compare methods with a study\n\nText.\n\n## A part\n') },
      { name: 'plain', content: text('Text before.\n\n# Not a title\n') },
    ],
    readme: text('# The whole\n\nText.\n'),
    children: [{ readme: text('# @m3ae/random\n\nText.\n') }, {}],
  };
  titlePages(project);
  expect(project.documents.map(({ name }) => name)).toEqual(['Compare methods with a study', 'plain']);
  expect(project.documents[0]!.content[0]!.text).toMatch(/^# Compare/); // typedoc gives documents no title
  const begins = [project.readme, project.children[0]!.readme!].map(([first]) => first!.text);
  expect(begins).toEqual(['Text.\n', 'Text.\n']);
});
