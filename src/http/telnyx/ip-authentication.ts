import { z } from 'zod';
import type { MarksPatch } from '../../app/trunk-groups/rewrite-trunk.ts';
import { markToken } from '../../app/trunk-groups/source-token.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import type { SourceMarks } from '../../domain/source-marks.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Sealer } from '../../kit/seal.ts';

/** The field the vendor's clients send their token in. */
const HEADER = 'X-Telnyx-Token';

/** What tells connections of one address apart. */
export const ipAuthenticationFields = {
  ip_authentication_method: z
    .enum(['token', 'tech-prefixp-charge-info'])
    .nullable()
    .optional()
    .describe('Follows from what is set; a P-Charge-Info alone tells nobody here.'),
  ip_authentication_token: z
    .string()
    .regex(/^[A-Za-z0-9-]{12,48}$/, 'Must be 12 to 48 letters, digits and hyphens.')
    .nullable()
    .optional()
    .describe(`Calls must bear it in ${HEADER}; it is not shown again.`),
  tech_prefix: z
    .string()
    .regex(/^[0-9]{4}$/, 'Must be 4 digits.')
    .nullable()
    .optional()
    .describe('Called numbers must begin with it; it is cut off.'),
};

type Fields = z.output<z.ZodObject<typeof ipAuthenticationFields>>;

const refused = (field: string, detail: string): Result<never, RequestRefusal> =>
  err(invalidBody(['outbound', field], detail, 'not_supported'));

/** What a body says of it; undefined: nothing. Refuses it for connections that are not told by address, and a method of nothing. */
export function ipAuthenticationOf(
  sealer: Sealer,
  isByAddress: boolean,
  { ip_authentication_method: method, ip_authentication_token: token, tech_prefix: techPrefix }: Fields,
): Result<MarksPatch | undefined, RequestRefusal> {
  const said = Object.entries({ ip_authentication_method: method, ip_authentication_token: token, tech_prefix: techPrefix });
  const [first] = said.find(([, value]) => value !== undefined && value !== null) ?? [];
  if (first !== undefined && !isByAddress) return refused(first, 'Only connections that are told by their addresses have it.');
  if (method === 'token' && token === undefined) return refused('ip_authentication_method', 'Comes with its ip_authentication_token.');
  if (method === 'tech-prefixp-charge-info' && !techPrefix) return refused('ip_authentication_method', 'Comes with a tech_prefix here.');
  const patch: MarksPatch = {
    ...(token === undefined ? {} : { token: token === null ? null : markToken(sealer, HEADER, token) }),
    ...(techPrefix === undefined ? {} : { techPrefix }),
  };
  return ok(Object.keys(patch).length === 0 ? undefined : patch);
}

/** The same in an answer; the token is not kept and cannot be shown. */
export const presentIpAuthentication = ({ token, techPrefix }: SourceMarks = {}) => ({
  ip_authentication_method: token !== undefined ? 'token' : techPrefix !== undefined ? 'tech-prefixp-charge-info' : null,
  ip_authentication_token: null,
  tech_prefix: techPrefix ?? null,
});
