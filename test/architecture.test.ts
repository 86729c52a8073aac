import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { parseAst } from 'rolldown/parseAst';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const SRC = join(ROOT, 'src');

/** What each part of `src` may import besides itself; nothing else (docs/ARCHITECTURE.md). */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  kit: [],
  'sip-engine': ['kit'],
  domain: ['kit'],
  app: ['domain', 'kit'],
  store: ['app', 'domain', 'kit'],
  redis: ['app', 'domain', 'kit'],
  sip: ['app', 'domain', 'kit'],
  jobs: ['app', 'domain', 'kit'],
  journal: ['app', 'domain', 'kit'],
  'outbound-http': ['app', 'domain', 'kit'],
  http: ['app', 'domain', 'kit'],
  metrics: ['app', 'domain', 'kit'],
  config: ['kit', 'domain'],
  compose: ['app', 'domain', 'kit', 'config', 'store', 'redis', 'journal', 'sip', 'jobs', 'http', 'metrics', 'outbound-http'],
  local: ['kit'],
  supervisor: ['kit', 'config', 'local', 'store'],
  demo: ['kit', 'sip-engine'],
  cli: ['kit', 'config', 'store', 'client', 'local', 'supervisor', 'sip-engine', 'compose'],
  client: [],
  'main.ts': ['kit', 'config', 'supervisor', 'local', 'compose'],
  'role.ts': ['kit', 'config', 'compose'],
};

const LINES_MAX = 250;
const DOMAIN_LINES_MAX = 150;
const FUNCTION_LINES_MAX = 40;
/** Longer ones that are there, with what they may have at most: they put parts together or write them down one after the other. */
const LONGER: Readonly<Record<string, number>> = {
  'compose/start-agent.ts startAgent': 60,
  'compose/start-api.ts startApi': 160,
  'compose/start-worker.ts startWorker': 170,
  'http/admin/admin-face.ts adminFace': 60,
  'http/admin/render.ts problemOf': 50,
  'http/telnyx/present-connection.ts presentConnection': 50,
  'http/telnyx/telnyx-face.ts telnyxFace': 50,
  'sip-engine/create-core.ts createCore': 80,
  'sip-engine/dialog/send-request.ts prepare': 50,
  'sip-engine/dialog/start-invite.ts startInvite': 50,
  'sip-engine/metrics-text.ts metricsText': 60,
};

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

const sources = filesBelow(SRC).map((path) => ({ path, name: relative(SRC, path), text: readFileSync(path, 'utf8') }));
const partOf = (name: string): string => name.split('/')[0] ?? name;

function importsOf(text: string): string[] {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '');
}

/** Without block comments, every place as it was. */
const uncommented = (text: string): string => text.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '));

/** Lines of code: what is explained is not what is large. */
const codeLines = (text: string): number =>
  uncommented(text)
    .split('\n')
    .filter((line) => !/^\s*(\/\/.*)?$/.test(line)).length;

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

interface Counted {
  readonly name: string;
  readonly lines: number;
}

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);
const nameOf = ({ id, key }: Node): unknown => ((id ?? key) as Node | null | undefined)?.['name'];
const childrenOf = (node: Node): Node[] =>
  Object.values(node)
    .flat()
    .filter((one): one is Node => typeof one === 'object' && one !== null && 'type' in one);

/** Every function of a file with its lines; those inside another count for themselves and not for that one: a store is a list of them. */
function functionsOf(text: string): Counted[] {
  const found: Counted[] = [];
  const bare = uncommented(text);
  const visit = (node: Node, outer: string): Node[] => {
    const name = nameOf(node);
    const here = typeof name === 'string' ? name : outer;
    const inner = childrenOf(node)
      .flatMap((child) => visit(child, here))
      .toSorted((a, b) => a.start - b.start);
    if (!FUNCTIONS.has(node.type)) return inner;
    let [own, from] = ['', node.start];
    for (const { start, end } of inner) [own, from] = [own + bare.slice(from, start), end];
    found.push({ name: here, lines: codeLines(own + bare.slice(from, node.end)) });
    return [node];
  };
  visit(parseAst(text, { lang: 'ts' }) as unknown as Node, '');
  return found;
}

describe('architecture', () => {
  it('knows every part of src', () => {
    const unknown = [...new Set(sources.map(({ name }) => partOf(name)))].filter((part) => MAY_IMPORT[part] === undefined);
    expect(unknown).toEqual([]);
  });

  it('lets imports point only inwards', () => {
    const wrong = sources.flatMap(({ path, name, text }) =>
      importsOf(text)
        .filter((target) => target.startsWith('.'))
        .map((target) => relative(SRC, resolve(dirname(path), target)))
        .filter((target) => !target.startsWith('..'))
        .filter((target) => partOf(target) !== partOf(name) && !MAY_IMPORT[partOf(name)]?.includes(partOf(target)))
        .map((target) => `${name} → ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('keeps the domain free of the outside world', () => {
    const wrong = sources
      .filter(({ name }) => name.startsWith('domain/'))
      .flatMap(({ name, text }) =>
        [
          ...importsOf(text).filter((target) => !target.startsWith('.') && target !== 'node:crypto'),
          ...(text.match(/\b(Date\.now|new Date\(\)|Math\.random|process\.|setTimeout|fetch\()/g) ?? []),
        ].map((what) => `${name}: ${what}`),
      );
    expect(wrong).toEqual([]);
  });

  it('lets use cases see ports, not clients', () => {
    const clients = ['pg', 'ioredis', 'bullmq', 'express', 'drachtio-srf', 'prom-client', 'zod', 'pino'];
    const wrong = sources
      .filter(({ name }) => name.startsWith('app/'))
      .flatMap(({ name, text }) =>
        importsOf(text)
          .filter((target) => clients.includes(target))
          .map((target) => `${name}: ${target}`),
      );
    expect(wrong).toEqual([]);
  });

  it('keeps vendor words inside their faces', () => {
    const wrong = sources
      .filter(({ name }) => /^(domain|store|redis|sip|sip-engine)\//.test(name))
      .filter(({ text }) => /\b(telnyx|vobiz)\b/i.test(text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')))
      .map(({ name }) => name);
    expect(wrong).toEqual([]);
  });

  it('keeps files small', () => {
    // Nobody reads through what the generator writes, one file for each group of operations.
    const wrong = sources
      .filter(({ name }) => !name.startsWith('client/') || !name.endsWith('-wire.ts'))
      .map(({ name, text }) => ({ name, lines: codeLines(text) }))
      .filter(({ name, lines }) => lines > (name.startsWith('domain/') ? DOMAIN_LINES_MAX : LINES_MAX))
      .map(({ name, lines }) => `${name}: ${lines}`);
    expect(wrong).toEqual([]);
  });

  it('keeps functions small', () => {
    const long = sources.flatMap(({ name: file, text }) =>
      functionsOf(text)
        .filter(({ lines }) => lines > FUNCTION_LINES_MAX)
        .map(({ name, lines }) => ({ name: `${file} ${name}`, lines })),
    );
    expect(long.filter(({ name, lines }) => lines > (LONGER[name] ?? FUNCTION_LINES_MAX))).toEqual([]);
    // Whoever made one shorter takes it off the list.
    expect(Object.keys(LONGER).filter((known) => !long.some(({ name }) => name === known))).toEqual([]);
  });

  it('has no barrels, no drawers of mixed things, no default exports', () => {
    const named = sources.map(({ name }) => name).filter((name) => /(^|\/)(index|utils?|helpers?|types|common|misc)\.ts$/.test(name));
    const exported = sources.filter(({ text }) => /^export default /m.test(text)).map(({ name }) => name);
    expect([...named, ...exported]).toEqual([]);
  });

  it('runs every test it has', () => {
    const idle = filesBelow(join(ROOT, 'test'))
      .filter((path) => /\b(it|test|describe)\.(skip|only|todo)\(/.test(readFileSync(path, 'utf8')))
      .map((path) => relative(ROOT, path))
      .filter((name) => name !== 'test/architecture.test.ts');
    expect(idle).toEqual([]);
  });
});
