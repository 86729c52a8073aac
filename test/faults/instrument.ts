import { parseAst } from 'rolldown/parseAst';

/** A module with its fault points. */
export interface Instrumented {
  readonly code: string;
  /** Names in the order of the text. */
  readonly points: readonly string[];
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

interface Insertion {
  readonly at: number;
  readonly text: string;
}

const RUNTIME = '$fault';

/**
 * Makes every `await` of a module, every `for await`, and in the journal every call of the file system, a named point with a before
 * and an after (`app/change:applyNow#1`). Nothing else changes, lines included. `file` is named from `src`.
 */
export function instrument(file: string, text: string, runtime: string): Instrumented {
  const program = parseAst(text, { lang: 'ts' }, file) as unknown as Node;
  const points: string[] = [];
  const insertions: Insertion[] = [];
  const counts = new Map<string, number>();
  const disk = file.startsWith('journal/') ? namesFrom(program, 'node:fs') : new Set<string>();
  const point = (inside: string): string => {
    const count = (counts.get(inside) ?? 0) + 1;
    counts.set(inside, count);
    const name = `${file.replace(/\.ts$/, '')}:${inside}#${count}`;
    points.push(name);
    return JSON.stringify(name);
  };
  const around = ({ start, end }: Node, before: string, after: string): void => {
    insertions.push({ at: start, text: before }, { at: end, text: after });
  };
  const visit = (node: Node, inside: string): void => {
    const name = nameOf(node) ?? inside;
    const after = (quoted: string): string => `${RUNTIME}.after(${quoted},`;
    if (node.type === 'AwaitExpression') {
      const quoted = point(name);
      around(node, `(${RUNTIME}.before(${quoted})&&await ${RUNTIME}.never(),${after(quoted)}`, '))');
    } else if (node.type === 'ForOfStatement' && node['await'] === true) {
      around(node['right'] as Node, `${RUNTIME}.each(${point(name)},`, ')');
    } else if (isCallOf(node, disk)) {
      const quoted = point(name);
      around(node, `(${RUNTIME}.before(${quoted}),${after(quoted)}`, '))');
    }
    for (const child of childrenOf(node)) visit(child, name);
  };
  visit(program, 'module');
  if (points.length === 0) return { code: text, points };
  return { code: `import * as ${RUNTIME} from ${JSON.stringify(runtime)};${splice(text, insertions)}`, points };
}

function* childrenOf(node: Node): Generator<Node> {
  for (const value of Object.values(node)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (typeof one === 'object' && one !== null && typeof (one as Node).type === 'string') yield one as Node;
    }
  }
}

const FUNCTIONS = new Set(['FunctionExpression', 'ArrowFunctionExpression']);

/** How a function is called where it is written; undefined for all that is not a named function. */
function nameOf(node: Node): string | undefined {
  if (node.type === 'FunctionDeclaration') return (node['id'] as Node | null)?.['name'] as string | undefined;
  const [id, value] =
    node.type === 'VariableDeclarator'
      ? [node['id'], node['init']]
      : /^(Property|MethodDefinition)$/.test(node.type)
        ? [node['key'], node['value']]
        : [];
  if (!FUNCTIONS.has((value as Node | null | undefined)?.type ?? '')) return undefined;
  return (id as Node)['name'] as string | undefined;
}

/** What a module imports by name from another. */
function namesFrom(program: Node, source: string): ReadonlySet<string> {
  const imports = (program['body'] as Node[]).filter(
    (node) => node.type === 'ImportDeclaration' && (node['source'] as Node)['value'] === source,
  );
  return new Set(imports.flatMap((node) => (node['specifiers'] as Node[]).map((one) => (one['local'] as Node)['name'] as string)));
}

const isCallOf = (node: Node, names: ReadonlySet<string>): boolean =>
  node.type === 'CallExpression' && (node['callee'] as Node).type === 'Identifier' && names.has((node['callee'] as Node)['name'] as string);

/** At one place what ends goes before what begins, and of what begins the outer first: visits go from outside in. */
function splice(text: string, insertions: readonly Insertion[]): string {
  const sorted = insertions.map((insertion, order) => ({ ...insertion, order })).sort((a, b) => a.at - b.at || a.order - b.order);
  let code = '';
  let from = 0;
  for (const { at, text: inserted } of sorted) {
    code += text.slice(from, at) + inserted;
    from = at;
  }
  return code + text.slice(from);
}
