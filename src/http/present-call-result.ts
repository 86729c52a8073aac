import { z } from 'zod';
import type { CallResult } from '../domain/past-call.ts';

/** What became of a call, as every face that explains shows it; null: it goes on. */
export const callResultSchema = z
  .object({
    outcome: z.string(),
    sip_status: z.int().nullable(),
    code: z.string().nullable(),
    meaning: z.string().nullable(),
    remedy: z.string().nullable(),
    ended_by: z.string().nullable(),
  })
  .nullable();

/** On the wire. */
export function presentCallResult(result: CallResult | null): z.infer<typeof callResultSchema> {
  if (result === null) return null;
  const { outcome, sipStatus, code, meaning, remedy, endedBy } = result;
  return { outcome, sip_status: sipStatus, code, meaning, remedy, ended_by: endedBy };
}
