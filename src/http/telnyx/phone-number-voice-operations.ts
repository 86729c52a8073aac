import { z } from 'zod';
import { isHeldNumber, isOwnNumber } from '../../app/numbers/own-number.ts';
import { scopeOf } from '../../app/orders/own-order.ts';
import { err, ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { listSchema, metaOf, oneSchema } from './page.ts';
import { type PhoneNumberDeps, pageOfNumbers } from './phone-number-operations.ts';
import { listNumbersQuery, numberParams, onlyAs } from './phone-number-schemas.ts';
import { type ShownNumber, withConnection } from './present-phone-number.ts';

const TAG = 'Phone Number Configurations';
const resource = 'number' as const;

/** What every number has: none of it acts here, so none of it can be anything else (decision B33). */
const SETTINGS = {
  tech_prefix_enabled: false,
  translated_number: '',
  caller_id_name_enabled: false,
  call_forwarding: { call_forwarding_enabled: false, forwards_to: '', forwarding_type: 'always' },
  cnam_listing: { cnam_listing_enabled: false, cnam_listing_details: '' },
  usage_payment_method: 'pay-per-minute',
  media_features: { rtp_auto_adjust_enabled: false, accept_any_rtp_packets_enabled: false, t38_fax_gateway_enabled: false },
  call_recording: {
    inbound_call_recording_enabled: false,
    inbound_call_recording_format: 'wav',
    inbound_call_recording_channels: 'single',
  },
  inbound_call_screening: 'disabled',
} as const;

const voiceSchema = z.object({
  id: z.string(),
  record_type: z.literal('voice_settings'),
  phone_number: z.string(),
  connection_id: z.string().optional(),
  customer_reference: z.string().optional(),
  tech_prefix_enabled: z.boolean(),
  translated_number: z.string(),
  caller_id_name_enabled: z.boolean(),
  call_forwarding: z.object({ call_forwarding_enabled: z.boolean(), forwards_to: z.string(), forwarding_type: z.string() }),
  cnam_listing: z.object({ cnam_listing_enabled: z.boolean(), cnam_listing_details: z.string() }),
  usage_payment_method: z.string(),
  media_features: z.object({
    rtp_auto_adjust_enabled: z.boolean(),
    accept_any_rtp_packets_enabled: z.boolean(),
    t38_fax_gateway_enabled: z.boolean(),
  }),
  call_recording: z.object({
    inbound_call_recording_enabled: z.boolean(),
    inbound_call_recording_format: z.string(),
    inbound_call_recording_channels: z.string(),
  }),
  inbound_call_screening: z.string(),
});

const presentVoice = ({ number, connection }: ShownNumber) => ({
  id: number.extId,
  record_type: 'voice_settings',
  phone_number: number.e164,
  ...(connection === null ? {} : { connection_id: connection.extId }),
  ...(number.customerReference === null ? {} : { customer_reference: number.customerReference }),
  ...SETTINGS,
});

/** An object whose fields may say only what is so. */
const group = (name: keyof typeof SETTINGS) =>
  z
    .object(Object.fromEntries(Object.entries(SETTINGS[name]).map(([key, value]) => [key, onlyAs(`${name}.${key}`, value)])))
    .nullable()
    .optional();

/** Voice settings in a body: nothing but what is so already. */
export const voiceFields = {
  tech_prefix_enabled: onlyAs('tech_prefix_enabled', false),
  translated_number: onlyAs('translated_number', ''),
  caller_id_name_enabled: onlyAs('caller_id_name_enabled', false),
  call_forwarding: group('call_forwarding'),
  cnam_listing: group('cnam_listing'),
  usage_payment_method: onlyAs('usage_payment_method', 'pay-per-minute'),
  media_features: group('media_features'),
  call_recording: group('call_recording'),
  inbound_call_screening: onlyAs('inbound_call_screening', 'disabled'),
};

const responses = {
  200: { description: 'The number with its voice settings.', schema: oneSchema(voiceSchema) },
  404: { description: 'No such number of yours' },
};

/** Voice settings: list, retrieve, update. The list comes before the numbers' own path, which would take it for an id. */
export const phoneNumberVoiceOperations = (deps: PhoneNumberDeps): AnyOperation[] => [list(deps), get(deps), update(deps)];

const list = (deps: PhoneNumberDeps) =>
  operation({
    method: 'GET',
    path: '/phone_numbers/voice',
    operationId: 'listPhoneNumbersVoice',
    summary: 'List phone numbers with voice settings',
    tag: TAG,
    query: listNumbersQuery,
    need: { scope: 'numbers:read' },
    responses: { 200: { description: 'A page of numbers with their voice settings.', schema: listSchema(voiceSchema) } },
    async handle({ actor, query }) {
      const { shown, total } = await pageOfNumbers(deps, query, scopeOf(actor));
      return ok({ status: 200, body: { data: shown.map(presentVoice), meta: metaOf(query, total) } });
    },
  });

const get = (deps: PhoneNumberDeps) =>
  operation({
    method: 'GET',
    path: '/phone_numbers/:id/voice',
    operationId: 'retrievePhoneNumberVoice',
    summary: 'Retrieve a phone number with voice settings',
    tag: TAG,
    resource,
    params: numberParams,
    need: { scope: 'numbers:read' },
    responses,
    async handle({ actor, params }) {
      const shown = await deps.unitOfWork.read(async (tx) => {
        const number = await tx.numbers.byExtId(params.id);
        return number === null || !isHeldNumber(actor, number) ? null : withConnection(tx, number);
      });
      return shown === null ? err({ kind: 'not_found', resource }) : ok({ status: 200, body: { data: presentVoice(shown) } });
    },
  });

/** Takes only what is so already, and so changes nothing: it says what cannot be had instead of keeping what would not act. */
const update = (deps: PhoneNumberDeps) =>
  operation({
    method: 'PATCH',
    path: '/phone_numbers/:id/voice',
    operationId: 'updatePhoneNumberVoice',
    summary: 'Update a phone number with voice settings',
    tag: TAG,
    resource,
    params: numberParams,
    body: z.object(voiceFields),
    need: { scope: 'numbers:write' },
    responses: { ...responses, 422: { description: 'A setting that nothing here carries out' } },
    async handle({ actor, params }) {
      const shown = await deps.unitOfWork.read(async (tx) => {
        const number = await tx.numbers.byExtId(params.id);
        return number === null || !isOwnNumber(actor, number) ? null : withConnection(tx, number);
      });
      return shown === null ? err({ kind: 'not_found', resource }) : ok({ status: 200, body: { data: presentVoice(shown) } });
    },
  });
