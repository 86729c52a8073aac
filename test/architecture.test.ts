import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
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

/** Lines of code: what is explained is not what is large. */
const codeLines = (text: string): number =>
  text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .split('\n')
    .filter((line) => !/^\s*(\/\/.*)?$/.test(line)).length;

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
