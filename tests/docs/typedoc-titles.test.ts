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
  const begins = [
    ...project.documents.map(({ content }) => content),
    project.readme,
    project.children[0]!.readme!,
  ];
  expect(begins.map(([first]) => first!.text.split('\n')[0])).toEqual([
    'Text.',
    'Text before.',
    'Text.',
    'Text.',
  ]);
});
