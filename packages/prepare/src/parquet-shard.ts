import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import type { PreparedExample } from './read-example.js';
import type { ShardLayout, ShardWriter } from './shards.js';

/** Rows of a group, which is read as a whole for any of its pictures; that of the Hugging Face library. */
const groupRows = 100;

/** A picture as the Hugging Face library has it, its captions as a list, its class as a number with a name. */
function schemaOf({ classNames, hasGroups }: ShardLayout) {
  const text = { type: 'BYTE_ARRAY', converted_type: 'UTF8' } as const;
  return [
    { name: 'root', num_children: 2 + Number(classNames !== undefined) + Number(hasGroups) },
    { name: 'image', repetition_type: 'OPTIONAL', num_children: 2 },
    { name: 'bytes', repetition_type: 'OPTIONAL', type: 'BYTE_ARRAY' },
    { name: 'path', repetition_type: 'OPTIONAL', ...text },
    { name: 'caption', repetition_type: 'OPTIONAL', converted_type: 'LIST', num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', repetition_type: 'OPTIONAL', ...text },
    ...(classNames ? [{ name: 'label', repetition_type: 'OPTIONAL', type: 'INT64' } as const] : []),
    ...(hasGroups ? [{ name: 'group', repetition_type: 'OPTIONAL', ...text } as const] : []),
  ] satisfies ConstructorParameters<typeof ParquetWriter>[0]['schema'];
}

/** What the Hugging Face library reads beside the columns. */
function features(classNames: readonly string[] | undefined): string {
  const text = { dtype: 'string', _type: 'Value' };
  const label = classNames && { label: { names: classNames, _type: 'ClassLabel' } };
  return JSON.stringify({
    info: { features: { image: { _type: 'Image' }, caption: { feature: text, _type: 'List' }, ...label } },
  });
}

/** Starts a Parquet file as the Hugging Face hub has them. */
export async function openParquetShard(path: string, layout: ShardLayout): Promise<ShardWriter> {
  const { classNames, hasGroups } = layout;
  const writer = new ParquetWriter({
    writer: fileWriter(path),
    schema: schemaOf(layout),
    codec: 'UNCOMPRESSED', // pictures are compressed already
    statistics: false,
    kvMetadata: [{ key: 'huggingface', value: features(classNames) }],
    createdBy: 'm3ae',
  });
  let rows: PreparedExample[] = [];
  const flush = async () => {
    const images = rows.map(({ picture, ending, index }) => ({ bytes: picture, path: `${index}.${ending}` }));
    await writer.write({
      columnData: [
        { name: 'image', data: images },
        { name: 'caption', data: rows.map(({ captions }) => captions) },
        ...(classNames
          ? [{ name: 'label', data: rows.map(({ label }) => BigInt(classNames.indexOf(label!))) }]
          : []),
        ...(hasGroups ? [{ name: 'group', data: rows.map(({ group }) => group) }] : []),
      ],
      rowGroupSize: groupRows,
    });
    rows = [];
  };
  return {
    async add(example) {
      rows.push(example);
      if (rows.length === groupRows) await flush();
    },
    async close() {
      if (rows.length > 0) await flush();
      await writer.finish();
    },
  };
}
