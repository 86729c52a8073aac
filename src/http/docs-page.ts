import { type DocumentedField, fieldsOf, type JsonSchema, typeText } from './docs-schema.ts';

interface Content {
  readonly [mediaType: string]: { readonly schema: JsonSchema };
}
interface DocumentedOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly description?: string;
    readonly schema: JsonSchema;
  }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>;
}

/** What these pages read of an OpenAPI document. */
export interface ApiDocument {
  readonly info: { readonly title: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components: {
    readonly securitySchemes: Readonly<Record<string, { readonly type: string; readonly name?: string; readonly description?: string }>>;
    readonly schemas: { readonly Error: JsonSchema };
  };
}

/** A face on these pages. */
export interface DocumentedFace {
  readonly name: string;
  readonly document: ApiDocument;
  /** Ends of operation ids that only say at which mount they hang. */
  readonly mountSuffixes: readonly string[];
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const html = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${html(title)}</title>
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
${body}
</body>
</html>
`;

/** `/docs`: the faces that are served here, and what is the same in all of them. */
export function docsIndex(faces: readonly DocumentedFace[]): string {
  const items = faces.map(
    ({ name, document }) =>
      `<li><a href="/docs/${name}">${html(document.info.title)}</a>, ${operationsOf({ name, document, mountSuffixes: [] }).length} paths ` +
      `(<a href="/openapi/${name}.json">OpenAPI 3.1</a>)</li>`,
  );
  return page(
    'Dialplane: HTTP API',
    `<h1>Dialplane: HTTP API</h1>
<p>One core behind several faces: a number bought through one is there in the others.</p>
<ul>
${items.join('\n')}
</ul>
<h2>In every face</h2>
<dl>
<dt><code>Idempotency-Key</code></dt>
<dd>On any POST: the same key with the same request has its effect once and gets the first successful answer again, marked
<code>Idempotent-Replayed: true</code>, secrets that are told once being <code>null</code>. 409 while the first one runs, 422 for another request.</dd>
<dt><code>Dialplane-Version</code>, <code>Dialplane-Propagation</code></dt>
<dd>Every answer to a change: the record at its version, and whether calls are decided by it already (<code>applied</code>) or soon (<code>pending</code>).
<code>Prefer: wait=0</code> does not wait for it.</dd>
<dt><code>If-Match</code></dt>
<dd>A change happens only to the version that the <code>ETag</code> named; 412 otherwise.</dd>
<dt><code>X-Request-Id</code></dt>
<dd>Yours if you send one; it is in the answer, the log and the audit.</dd>
</dl>`,
  );
}

interface Group {
  readonly method: string;
  readonly paths: string[];
  readonly operation: DocumentedOperation;
}

/** Operations in the order of the document; one that hangs at several mounts is one with several paths. */
function operationsOf({ document, mountSuffixes }: DocumentedFace): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      const suffix = mountSuffixes.find((each) => each !== '' && operation.operationId.endsWith(each)) ?? '';
      const id = operation.operationId.slice(0, operation.operationId.length - suffix.length);
      const known = groups.get(id);
      if (known === undefined)
        groups.set(id, { method: method.toUpperCase(), paths: [path], operation: { ...operation, operationId: id } });
      else known.paths.push(path);
    }
  }
  return [...groups.values()];
}

/** `/docs/{face}`: every operation of the face, by tag. */
export function docsOfFace(face: DocumentedFace): string {
  const { document, name } = face;
  const groups = operationsOf(face);
  const tags = [...new Set(groups.map(({ operation }) => operation.tags[0] ?? 'Other'))];
  const ofTag = (tag: string) => groups.filter(({ operation }) => (operation.tags[0] ?? 'Other') === tag);
  const contents = tags.map(
    (tag) =>
      `<h2>${html(tag)}</h2>\n<ul>${ofTag(tag)
        .map(
          ({ method, operation }) => `<li><a href="#${html(operation.operationId)}"><b>${method}</b> ${html(operation.summary)}</a></li>`,
        )
        .join('')}</ul>`,
  );
  const sections = tags.map((tag) => `<section>\n<h2>${html(tag)}</h2>\n${ofTag(tag).map(operationHtml).join('\n')}\n</section>`);
  const schemes = Object.entries(document.components.securitySchemes).map(
    ([scheme, { description = '', name: header }]) => `<li><code>${html(header ?? scheme)}</code> ${html(description)}</li>`,
  );
  return page(
    document.info.title,
    `<nav>
<p><a href="/docs">All faces</a> · <a href="/openapi/${name}.json">OpenAPI 3.1</a></p>
${contents.join('\n')}
</nav>
<main>
<h1>${html(document.info.title)}</h1>
<h2>Authentication</h2>
<ul>${schemes.join('')}</ul>
<h2>Errors</h2>
${fieldTable(fieldsOf(document.components.schemas.Error))}
${sections.join('\n')}
</main>`,
  );
}

function operationHtml({ method, paths, operation }: Group): string {
  const { operationId, summary, parameters, requestBody, responses } = operation;
  const given = parameters.map(({ name, in: where, required, description = '', schema }) => ({
    name: `${name} (${where})`,
    type: typeText(schema),
    required,
    about: description,
  }));
  return `<article id="${html(operationId)}">
<h3>${html(summary)}</h3>
${paths.map((path) => `<p class="path"><b class="${method.toLowerCase()}">${method}</b> <code>${html(path)}</code></p>`).join('\n')}
${given.length === 0 ? '' : `<h4>Parameters</h4>\n${fieldTable(given)}`}
${requestBody === undefined ? '' : `<h4>Body</h4>\n${contentHtml(requestBody.content)}`}
<h4>Answers</h4>
${Object.entries(responses)
  .map(([status, { description, content }]) => answerHtml(status, description, content))
  .join('\n')}
</article>`;
}

function answerHtml(status: string, description: string, content: Content | undefined): string {
  const told = `<b>${html(status)}</b> ${html(description)}`;
  const fields = content === undefined || Number(status) >= 400 ? '' : contentHtml(content);
  return fields === '' ? `<p>${told}</p>` : `<details><summary>${told}</summary>${fields}</details>`;
}

const contentHtml = (content: Content): string =>
  Object.entries(content)
    .map(([mediaType, { schema }]) => `<p><code>${html(mediaType)}</code> ${html(typeText(schema))}</p>${fieldTable(fieldsOf(schema))}`)
    .join('\n');

function fieldTable(fields: readonly DocumentedField[]): string {
  if (fields.length === 0) return '';
  const rows = fields.map(
    ({ name, type, required, about }) =>
      `<tr><td><code>${html(name)}</code></td><td>${html(type)}</td><td>${required ? 'required' : ''}</td><td>${html(about)}</td></tr>`,
  );
  return `<table><tbody>${rows.join('')}</tbody></table>`;
}
