import { methodsOf } from './client-methods.ts';
import { type DescribedOperation, type Document, describedFaces } from './described-faces.ts';
import { wireTypesOf } from './wire-types.ts';

/** An operation with its place. */
export interface ClientOperation extends DescribedOperation {
  readonly method: string;
  readonly path: string;
}

/** Which operations of a face the client has: each once, whatever mounts it has. */
const WANTED: Readonly<Record<string, (path: string, tag: string) => boolean>> = {
  admin: () => true,
  kros: (path) => !path.startsWith('/v1/'),
  telnyx: (path, tag) => path.startsWith('/v2/') && tag === 'Phone Number Orders' && !path.startsWith('/v2/comments'),
};

const NOTE = '// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.\n';

/** Every generated file of `src/client`, unformatted, by its path there. */
export function clientFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const documents = describedFaces();
  for (const [face, wanted] of Object.entries(WANTED)) {
    const groups = groupsOf(documents[face] as Document, wanted);
    for (const [tag, operations] of groups) {
      const { text, types } = wireTypesOf(operations);
      files.set(`${face}/${kebab(tag)}-wire.ts`, `${NOTE}\n${text}`);
      files.set(`${face}/${kebab(tag)}.ts`, `${NOTE}${methodsOf(tag, operations, types)}`);
    }
    files.set(`${face}-client.ts`, `${NOTE}${faceClient(face, [...groups.keys()])}`);
  }
  return files;
}

function groupsOf({ paths }: Document, wanted: (path: string, tag: string) => boolean): ReadonlyMap<string, readonly ClientOperation[]> {
  const groups = new Map<string, ClientOperation[]>();
  for (const [path, item] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(item)) {
      const tag = operation.tags[0] ?? '';
      if (wanted(path, tag)) groups.set(tag, [...(groups.get(tag) ?? []), { ...operation, method: method.toUpperCase(), path }]);
    }
  }
  return groups;
}

function faceClient(face: string, tags: readonly string[]): string {
  const imports = tags.map((tag) => `import { ${camel(tag)}Api } from './${face}/${kebab(tag)}.ts';`);
  const members = tags.map((tag) => `${camel(tag)}: ${camel(tag)}Api(send),`);
  const name = `${face}Client`;
  const type = name[0]?.toUpperCase() + name.slice(1);
  return [
    ...[...imports, `import { type ClientOptions, createSend } from './send.ts';`],
    '',
    `/** Every operation of the ${face} face, by resource. */`,
    `export function ${name}(options: ClientOptions) {`,
    'const send = createSend(options);',
    `return {\n${members.join('\n')}\n};`,
    '}',
    '',
    `/** What \`${name}\` returns. */`,
    `export type ${type} = ReturnType<typeof ${name}>;`,
    '',
  ].join('\n');
}

const words = (tag: string): string[] => tag.toLowerCase().split(/[^a-z0-9]+/);
const kebab = (tag: string): string => words(tag).join('-');

/** `API keys` as `apiKeys`. */
export const camel = (tag: string): string =>
  words(tag)
    .map((word, index) => (index === 0 ? word : `${word[0]?.toUpperCase()}${word.slice(1)}`))
    .join('');

/** The name of the file with the types of a tag. */
export const wireFile = (tag: string): string => `./${kebab(tag)}-wire.ts`;
