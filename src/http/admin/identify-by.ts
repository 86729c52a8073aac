import { z } from 'zod';
import { markToken } from '../../app/trunk-groups/source-token.ts';
import { TECH_PREFIX_PATTERN } from '../../domain/dial-text.ts';
import { isDomainLabel, isTokenHeader, isTokenValue, orderedMarks, type SourceMarks } from '../../domain/source-marks.ts';
import type { Sealer } from '../../kit/seal.ts';
import { textField } from '../wire-fields.ts';

/** What tells a customer group's calls from others of its addresses, on the wire; replaced whole, null takes it away. */
export const identifyByField = () =>
  z
    .strictObject({
      token: z
        .strictObject({
          header: textField(64).refine(
            isTokenHeader,
            'Must be a field that begins with X- and has token, secret, key or auth in its name; none of ours.',
          ),
          value: z.string().refine(isTokenValue, 'Must be 8 to 128 visible ASCII characters without spaces.').optional(),
        })
        .meta({ title: 'IdentifyByToken' })
        .nullable()
        .optional(),
      tech_prefix: z.string().regex(TECH_PREFIX_PATTERN, 'Must be 1 to 16 digits, * or #.').nullable().optional(),
      sip_domain: textField(63).refine(isDomainLabel, 'Must be one label of a host name, in lower case.').nullable().optional(),
      registration: z
        .boolean()
        .optional()
        .describe(
          'True: calls from exactly where a login of the group registered are calls of the group too, whatever else is asked for here, ' +
            'besides those from the `acl`, not among them. For registered senders alone leave the `acl` empty.',
        ),
    })
    .meta({ title: 'IdentifyBy' })
    .nullable()
    .optional();

/** The same as it is shown: of a token only its field. */
export const identifyBySchema = z
  .object({
    token: z.object({ header: z.string() }).nullable(),
    tech_prefix: z.string().nullable(),
    sip_domain: z.string().nullable(),
    registration: z.boolean(),
  })
  .meta({ title: 'ShownIdentifyBy' })
  .nullable();

type Body = z.infer<ReturnType<typeof identifyByField>>;

/** What a body says, in the core's words: absent stays, null takes away. A token without value keeps the one it has. */
export function marksOf(sealer: Sealer, body: Body): SourceMarks | null | undefined {
  if (body === undefined || body === null) return body;
  const { token, tech_prefix: techPrefix, sip_domain: domain, registration } = body;
  const marks = orderedMarks({
    ...(token === undefined || token === null ? {} : { token: tokenOf(sealer, token) }),
    ...(techPrefix === undefined || techPrefix === null ? {} : { techPrefix }),
    ...(domain === undefined || domain === null ? {} : { domain }),
    ...(registration === true ? { registered: true } : {}),
  });
  return marks ?? null;
}

const tokenOf = (sealer: Sealer, { header, value }: { readonly header: string; readonly value?: string | undefined }) =>
  value === undefined ? { header, fingerprint: '' } : markToken(sealer, header, value);

/** Marks on the wire; null: the addresses alone. */
export const presentMarks = (marks: SourceMarks | undefined) =>
  marks === undefined
    ? null
    : {
        token: marks.token === undefined ? null : { header: marks.token.header },
        tech_prefix: marks.techPrefix ?? null,
        sip_domain: marks.domain ?? null,
        registration: marks.registered === true,
      };
