import { z } from 'zod';
import { sealCarrierPassword } from '../../app/trunk-groups/carrier-login.ts';
import { TECH_PREFIX_PATTERN } from '../../domain/dial-text.ts';
import { STATUS_PATTERN } from '../../domain/failover-rules.ts';
import type { GatewayTerms } from '../../domain/gateway-terms.ts';
import { isHeaderValue, isPassableHeader, isSettableHeader } from '../../domain/header-rules.ts';
import { isCodecName } from '../../domain/sdp-codecs.ts';
import type { Sealer } from '../../kit/seal.ts';
import { textField } from '../wire-fields.ts';
import { snakeKeys } from './snake-keys.ts';

/** How calls are put through to gateways, on the wire: the same members for a gateway and for its group. */
const DAY_MS = 86_400_000;
const stepField = () => z.enum(['next', 'final']);
const statusField = () =>
  z
    .union([z.number().int().min(300).max(699), z.string().regex(STATUS_PATTERN, 'Must be a status such as 503, or a class such as 5xx.')])
    .transform(String)
    .meta({ examples: ['503', '5xx'] });
const statusesField = () => z.array(statusField()).max(64);
const answersField = () => z.array(z.number().int().min(200).max(699)).max(64);
const msField = (min: number, max = DAY_MS) => z.number().int().min(min).max(max);
const headerName = (isAllowed: (name: string) => boolean) =>
  textField(64).refine(isAllowed, 'Must be a header field that is not part of the protocol itself.');

const failoverFields = {
  next_on: statusesField().optional(),
  final_on: statusesField().optional(),
  no_response: stepField().optional(),
  ring_timeout: stepField().optional(),
  first_response_ms: msField(100, 60_000).optional(),
  // Decision C21: nobody is rung for longer.
  ring_ms: msField(1000, 180_000).optional(),
  early_media: z.enum(['last', 'first', 'never']).optional(),
  after_early_media: stepField().optional(),
  redirect: z.enum(['next', 'follow']).optional(),
};
const healthField = () =>
  z
    .strictObject({
      ping_interval_ms: msField(1000).optional(),
      ping_timeout_ms: msField(100, 32_000).optional(),
      ping_statuses: answersField()
        .describe('The only answers to OPTIONS besides 2xx that say the gateway is well; absent: any but 408 and 503.')
        .optional(),
      fail_statuses: answersField().optional(),
      down_after: z.number().int().min(1).max(1000).optional(),
      up_after: z.number().int().min(1).max(1000).optional(),
      retry_ms: msField(1000).optional(),
      when_down: z.enum(['last', 'never']).optional(),
    })
    .meta({ title: 'HealthRules' });
const callerIdField = () =>
  z
    .strictObject({
      identity: z.enum(['always', 'unless_private', 'never']).optional(),
      private_from: z.enum(['anonymous', 'caller']).optional(),
      format: z.enum(['e164_plus', 'e164', 'national']).optional(),
    })
    .meta({ title: 'CallerIdRules' });
const headersField = () =>
  z
    .strictObject({
      pass: z.array(headerName(isPassableHeader)).max(16).optional(),
      set: z
        .array(
          z.strictObject({
            name: headerName(isSettableHeader),
            value: z.string().refine(isHeaderValue, 'Must be at most 255 printable ASCII characters.'),
          }),
        )
        .max(16)
        .optional(),
    })
    .meta({ title: 'HeaderRules' });
const loginField = () =>
  z
    .strictObject({ username: textField(255), password: textField(255).optional(), realm: textField(255).optional() })
    .meta({ title: 'CarrierLogin' });

const codecsField = () =>
  z
    .strictObject({
      allow: z.array(textField(32).refine(isCodecName, 'Must be the name of a codec such as PCMU or opus.')).min(1).max(32),
      order: z.enum(['prefer']).optional(),
    })
    .meta({ title: 'CodecPolicy' });

/** How the called number is written; `national` as in the country of the group. */
const dialFormat = () => z.enum(['e164_plus', 'e164', 'national']);

const shared = () => ({
  health: healthField().nullable().optional(),
  tech_prefix: z.string().regex(TECH_PREFIX_PATTERN, 'Must be 1 to 16 digits, * or #.').nullable().optional(),
  dial_format: dialFormat().nullable().optional(),
  caller_id: callerIdField().nullable().optional(),
  headers: headersField().nullable().optional(),
  login: loginField().nullable().optional(),
  register_seconds: z.number().int().min(60).max(86_400).nullable().optional(),
  reliable_provisionals: z.enum(['supported', 'required']).nullable().optional(),
  refer: z.enum(['relay', 'handle', 'refuse']).nullable().optional(),
  codecs: codecsField().nullable().optional(),
});

/** Terms in the body of a gateway. */
export const gatewayTermsFields = () => ({
  failover: z.strictObject(failoverFields).meta({ title: 'GatewayFailover' }).nullable().optional(),
  ...shared(),
});

/** Terms in the body of a group; absent keys of a patch stay, null takes away. */
export const groupTermsFields = () => ({
  failover: z
    .strictObject({ ...failoverFields, max_attempts: z.number().int().min(1).max(100).optional() })
    .meta({ title: 'GroupFailover' })
    .nullable()
    .optional(),
  ...shared(),
});

type Body = z.infer<z.ZodObject<ReturnType<typeof groupTermsFields>>>;
type TermsPatch = { readonly [K in keyof GatewayTerms]?: GatewayTerms[K] | null };

const camel = (key: string): string =>
  key === 'max_attempts' ? 'attemptsMax' : key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
const camelKeys = (value: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).flatMap(([key, one]) => (one === undefined ? [] : [[camel(key), one]])));

const PATCHED = [
  'failover',
  'health',
  'tech_prefix',
  'dial_format',
  'caller_id',
  'headers',
  'register_seconds',
  'reliable_provisionals',
  'refer',
  'codecs',
] as const;

/** What a body says of terms, as a patch; a login without password keeps the one it has. */
export function termsPatch(sealer: Sealer, body: Body): TermsPatch {
  const said: Record<string, unknown> = {};
  for (const key of PATCHED) {
    const value = body[key];
    if (value !== undefined) said[camel(key)] = typeof value === 'object' && value !== null ? camelKeys(value) : value;
  }
  const { login } = body;
  if (login === undefined || login === null) return { ...said, ...(login === undefined ? {} : { login }) };
  const { username, password, realm } = login;
  const sealedPassword = password === undefined ? '' : sealCarrierPassword(sealer, username, password);
  return { ...said, login: { username, sealedPassword, ...(realm === undefined ? {} : { realm }) } };
}

/** The same of something new: null says nothing. */
export const termsOf = (sealer: Sealer, body: Body): GatewayTerms =>
  Object.fromEntries(Object.entries(termsPatch(sealer, body)).filter(([, value]) => value !== null)) as GatewayTerms;

const shownLogin = z.object({ username: z.string(), realm: z.string().nullable() }).meta({ title: 'ShownLogin' });
const shownStatuses = () => z.array(z.string()).optional();

/** Terms as they are shown: null where nothing is said; a password never. */
export const termsSchema = {
  failover: z
    .object({ ...failoverFields, next_on: shownStatuses(), final_on: shownStatuses(), max_attempts: z.number().int().optional() })
    .meta({ title: 'ShownFailover' })
    .nullable(),
  health: healthField().nullable(),
  tech_prefix: z.string().nullable(),
  dial_format: dialFormat().nullable(),
  caller_id: callerIdField().nullable(),
  headers: headersField().nullable(),
  login: shownLogin.nullable(),
  register_seconds: z.number().int().nullable(),
  reliable_provisionals: z.enum(['supported', 'required']).nullable(),
  refer: z.enum(['relay', 'handle', 'refuse']).nullable(),
  codecs: codecsField().nullable(),
};

/** Terms on the wire. */
export const presentTerms = ({ terms }: { readonly terms?: GatewayTerms | undefined }) => ({
  failover: presentFailover(terms?.failover),
  health: terms?.health === undefined ? null : snakeKeys(terms.health),
  tech_prefix: terms?.techPrefix ?? null,
  dial_format: terms?.dialFormat ?? null,
  caller_id: terms?.callerId === undefined ? null : snakeKeys(terms.callerId),
  headers: terms?.headers ?? null,
  login: terms?.login === undefined ? null : { username: terms.login.username, realm: terms.login.realm ?? null },
  register_seconds: terms?.registerSeconds ?? null,
  reliable_provisionals: terms?.reliableProvisionals ?? null,
  refer: terms?.refer ?? null,
  codecs: terms?.codecs ?? null,
});

function presentFailover(rules: GatewayTerms['failover']) {
  if (rules === undefined) return null;
  const { attemptsMax, ...rest } = rules;
  return { ...(snakeKeys(rest) as object), ...(attemptsMax === undefined ? {} : { max_attempts: attemptsMax }) };
}
