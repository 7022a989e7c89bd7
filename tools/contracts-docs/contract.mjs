import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createFileRegistry, fromBinary, getOption } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { contexts } from '@managed-os/contracts';
import { category, visibility, Visibility } from '../../libs/contracts/src/gen/managedos/event/v1/event_pb.ts';
import { upcasts } from '../../libs/contracts/src/upcasts.ts';
import { fieldsOf } from './fields.mjs';
import { words } from './words.mjs';

export const root = path.resolve(import.meta.dirname, '../..');

/** Every context with its events and the messages that are parts of them; descriptors of the generated code have no comments. */
export const readContract = () => {
  const { status, stdout, stderr } = spawnSync('buf', ['build', 'proto', '-o', '-'], {
    cwd: root,
    maxBuffer: 64 << 20,
  });
  if (status !== 0) throw new Error(`buf build: ${stderr}`);
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, stdout));
  return Object.values(contexts).map(({ name, events }) => {
    const schemas = events.map(({ typeName }) => registry.getMessage(typeName));
    return { name, events: schemas.map(eventOf), parts: partsOf(schemas).map(messageOf) };
  });
};

const eventOf = (schema) => {
  const [first] = schema.fields;
  return {
    ...messageOf(schema),
    type: schema.typeName,
    internal: getOption(schema, visibility) === Visibility.INTERNAL,
    category: getOption(schema, category),
    token: first.jsonName,
    older: upcasts.map(({ from }) => from.typeName).filter((type) => isOlder(type, schema.typeName)),
    example: JSON.parse(readFileSync(exampleOf(schema), 'utf8')),
  };
};

const messageOf = (schema) => ({
  name: schema.name,
  meaning: said(schema.name, commentOf(schema.file, [4, schema.file.messages.indexOf(schema)])),
  fields: fieldsOf(schema, (field, place) =>
    said(
      `${schema.name}.${field.name}`,
      commentOf(schema.file, [4, schema.file.messages.indexOf(schema), 2, place]) || words[field.name],
    ),
  ),
});

const partsOf = (schemas, found = new Set()) => {
  for (const { message } of schemas.flatMap(({ fields }) => fields)) {
    if (!message || found.has(message)) continue;
    found.add(message);
    partsOf([message], found);
  }
  return [...found];
};

/** Numbers as descriptor.proto gives them: 4 is a file's messages, 2 a message's fields. */
const commentOf = (file, place) => {
  const location = file.proto.sourceCodeInfo?.location.find(({ path }) => String(path) === String(place));
  const comment = location?.leadingComments || location?.trailingComments;
  return comment?.trim().replaceAll(/\s*\n\s*/g, ' ');
};

const said = (what, meaning) => {
  if (!meaning) throw new Error(`${what} has no meaning: say it in its proto file, above it`);
  return meaning;
};

export const snake = (name) => name.replaceAll(/(?<!^)([A-Z])/g, '_$1').toLowerCase();

const exampleOf = ({ file, name }) => {
  const example = path.join(root, 'proto', path.dirname(file.proto.name), 'examples', `${snake(name)}.json`);
  if (!existsSync(example)) throw new Error(`${path.relative(root, example)} is missing`);
  return example;
};

const isOlder = (type, newest) => type !== newest && type.replace(/\.v\d+\./, '.') === newest.replace(/\.v\d+\./, '.');
