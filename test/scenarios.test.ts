import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const page = readFileSync(join(ROOT, 'docs/SCENARIOS.md'), 'utf8');
const scripts = Object.keys((JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object }).scripts);
const rows = page.split('\n').filter((line) => /^\| (?!---|scenario )/.test(line));

/** What every release has to prove. */
const WANTED = [
  ...['failover matrix', 'no answer', 'no 1xx', 'late 200 after give-up', 'quick CANCEL', 'glare', 'hold', 'REFER', 'PRACK', 'late offer'],
  ...['3xx', 'long ring', 'session expiry', 'registration set', 'digest MD5', 'digest SHA-256', 'digest stale and replay', 'TCP', 'TLS'],
  ...['IPv6', 'Kamailio as carrier and as customer', 'hours of random calls', 'minutes of calls for real'],
];

/** The files of a row, each with the names of tests behind it. */
const filesOf = (row: string) =>
  [...row.matchAll(/`(test\/[^`]+\.test\.ts)`([^`]*)/g)].map(([, file = '', behind = '']) => ({
    file,
    tests: [...behind.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name),
  }));

describe('docs/SCENARIOS.md', () => {
  it('has a row for each scenario that is wanted', () => {
    expect(WANTED.filter((name) => !rows.some((row) => row.startsWith(`| ${name}`)))).toEqual([]);
  });

  it('names tests and commands that are there', () => {
    const missing = rows.flatMap(filesOf).flatMap(({ file, tests }) => {
      if (!existsSync(join(ROOT, file))) return [file];
      const text = readFileSync(join(ROOT, file), 'utf8');
      return tests.filter((name) => !text.includes(name)).map((name) => `${file}: ${name}`);
    });
    const commands = [...page.matchAll(/`npm run ([a-z-]+)/g)].map(([, name = '']) => name).filter((name) => !scripts.includes(name));
    expect([...missing, ...commands]).toEqual([]);
    for (const row of rows) expect(filesOf(row).length > 0 || /`npm run |the same matrix/.test(row), row).toBe(true);
  });

  it('names every scenario of sipp, and none that is not there', () => {
    const files = readdirSync(join(ROOT, 'test/sip/scenarios')).map((name) => name.replace(/\.xml$/, ''));
    const named = new Set([...page.matchAll(/`(ua[cs]-[a-z0-9-]+)`/g)].map(([, name = '']) => name));
    expect([files.filter((name) => !named.has(name)), [...named].filter((name) => !files.includes(name))]).toEqual([[], []]);
  });
});
