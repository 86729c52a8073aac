import type { z } from 'zod';

/** Refuses a body that gives the same field under both its names: one of the two would be ignored in silence. */
export const oneOf =
  (...pairs: readonly (readonly [string, string])[]) =>
  (context: z.core.ParsePayload<Record<string, unknown>>): void => {
    for (const [name, alias] of pairs) {
      if (context.value[name] === undefined || context.value[alias] === undefined) continue;
      context.issues.push({ code: 'custom', path: [alias], message: `Give ${name} only once.`, input: context.value });
    }
  };
