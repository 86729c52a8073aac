import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * A module of the compiled program by its path below `src`, without ending: what is measured is what an image runs. The loader of the
 * sources names every function anew each time one is made, which calls pay for.
 */
export const builtModule = (path: string, of = root): string => `${of.replace(/\/$/, '')}/dist/${path}.js`;

/** Loads a module of the compiled program; `T` is the type of the same module in `src`. */
export const importBuilt = async <T>(path: string): Promise<T> => (await import(builtModule(path))) as T;
