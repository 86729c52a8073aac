import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus, totalmem, type } from 'node:os';
import { dirname } from 'node:path';
import type { SuiteResult } from './suite.ts';
import { formatMarkdown } from './table.ts';

const pageHead = `# Performance

The last figures of each benchmark, written by \`npm run bench\`. Absolute numbers belong to the machine named beside them;
compare ratios, or run it yourself.
`;

/** The machine in one line: processors, memory, system, Node. */
export function machineNote(): string {
  const [processor] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  return `${cpus().length} × ${processor?.model.trim() ?? 'unknown processor'}, ${memory}, ${type()}, Node ${process.versions.node}`;
}

/** The section of one suite, between the marks that let the next run replace it. */
export function renderSection(suite: string, result: SuiteResult, date: string, machine: string): string {
  const notes = result.notes.map((note) => `* ${note}`);
  const body = [`## ${result.title}`, `${date}, ${machine}.`, ...result.tables.map(formatMarkdown), notes.join('\n')];
  return [`<!-- bench:${suite} -->`, ...body.filter((part) => part !== ''), `<!-- /bench:${suite} -->`].join('\n\n');
}

/** Replaces a suite's section in the page, or appends it. */
export function withSection(page: string, suite: string, section: string): string {
  const [open, close] = [`<!-- bench:${suite} -->`, `<!-- /bench:${suite} -->`];
  const [from, to] = [page.indexOf(open), page.indexOf(close)];
  if (from >= 0 && to > from) return page.slice(0, from) + section + page.slice(to + close.length);
  return `${page.trimEnd()}\n\n${section}\n`;
}

/** Writes a suite's section into the page at `path`, making the page when it is not there. */
export async function updatePage(path: string, suite: string, section: string): Promise<void> {
  const page = await readFile(path, 'utf8').catch(() => pageHead);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, withSection(page, suite, section));
}
