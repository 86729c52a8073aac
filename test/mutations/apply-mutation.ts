import { relative, resolve } from 'node:path';
import type { Mutation } from './mutations.ts';

export const SRC = resolve(import.meta.dirname, '../../src');

/** The text with the mutation in it; throws unless what it replaces is there exactly once. */
export function mutated({ name, find, replace }: Pick<Mutation, 'name' | 'find' | 'replace'>, text: string): string {
  const parts = text.split(find);
  if (parts.length !== 2) throw new Error(`mutation ${name}: what it replaces is there ${parts.length - 1} times`);
  return parts.join(replace);
}

/** Puts the mutation into its module while that is loaded; `applied` is called when it was. */
export function mutationPlugin(mutation: Mutation, applied: () => void) {
  return {
    name: 'mutation',
    enforce: 'pre',
    transform(code: string, id: string) {
      if (relative(SRC, id.split('?')[0] ?? id) !== mutation.file) return null;
      applied();
      return { code: mutated(mutation, code), map: null };
    },
  } as const;
}
