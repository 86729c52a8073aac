import { z } from 'zod';
import { type SearchDeps, searchStock } from '../../app/numbers/search-stock.ts';
import { decimalOf, money } from '../../domain/money.ts';
import { isReserved, type PhoneNumber } from '../../domain/number.ts';
import { invalidQuery, type RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { countryField, integerText, textField } from '../wire-fields.ts';
import { booleanText, enumText, listQuery, TYPES } from './filters.ts';
import { given } from './given.ts';

export interface AvailableNumberDeps extends SearchDeps {
  /** Digits of a country's calling code; null for a country that has none. */
  readonly callingCodeOf: (country: string) => string | null;
}

const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 1000;
const digits = () => z.string().regex(/^[0-9]{1,15}$/, 'Must be digits.');

/** Names of what numbers can do: the client sends lists with commas, the documents show `[]` too (seed-apis A.0). */
export const featureList = () =>
  z
    .union([z.string(), z.array(z.string())])
    .transform((value) => (Array.isArray(value) ? value : value.split(',')).map((each) => each.trim()).filter((each) => each !== ''))
    .pipe(z.array(textField(40)).max(20));

const searchQuery = listQuery({
  'filter[country_code]': countryField().optional(),
  'filter[phone_number_type]': enumText(TYPES).optional(),
  'filter[phone_number][starts_with]': digits().optional().describe('National digits: without the country code.'),
  'filter[phone_number][ends_with]': digits().optional(),
  'filter[phone_number][contains]': digits().optional(),
  'filter[locality]': textField(100).optional(),
  'filter[features]': featureList().optional(),
  'filter[features][]': featureList().optional(),
  'filter[limit]': integerText(1, LIMIT_MAX).default(LIMIT_DEFAULT),
  'filter[best_effort]': booleanText().optional().describe('Only exact results are ever given.'),
  'filter[reservable]': booleanText()
    .optional()
    .describe('True: without the numbers that are reserved already, which only their holder sees.'),
  'filter[exclude_held_numbers]': booleanText().optional().describe('Numbers on hold are never shown.'),
});

const availableSchema = z.object({
  best_effort: z.boolean(),
  cost_information: z.object({ currency: z.string(), monthly_cost: z.string(), upfront_cost: z.string() }),
  features: z.array(z.object({ name: z.string() })),
  phone_number: z.string(),
  quickship: z.boolean(),
  record_type: z.literal('available_phone_number'),
  region_information: z.array(z.object({ region_name: z.string(), region_type: z.string() })),
  reservable: z.boolean(),
  vanity_format: z.string(),
});
const metaSchema = z.object({ total_results: z.int(), best_effort_results: z.int() });

/** Prices as the vendor splits them: once, and every month. */
const presentAvailable = (number: PhoneNumber, nowMs: number) => ({
  best_effort: false,
  cost_information: {
    currency: number.currency,
    monthly_cost: decimalOf(money(number.monthlyFeeMinor, number.currency)),
    upfront_cost: decimalOf(money(number.setupFeeMinor, number.currency)),
  },
  features: number.capabilities.map((name) => ({ name })),
  phone_number: number.e164,
  quickship: false,
  record_type: 'available_phone_number',
  region_information: [
    { region_name: number.country, region_type: 'country_code' },
    ...(number.region === null ? [] : [{ region_name: number.region, region_type: 'location' }]),
  ],
  reservable: !isReserved(number, nowMs),
  vanity_format: '',
});

/** The search for numbers to order. */
export const availableNumberOperations = (deps: AvailableNumberDeps): AnyOperation[] => [
  operation({
    method: 'GET',
    path: '/available_phone_numbers',
    operationId: 'listAvailablePhoneNumbers',
    summary: 'List available phone numbers',
    tag: 'Phone Number Search',
    query: searchQuery,
    need: { scope: 'numbers:read' },
    responses: {
      200: {
        description: 'Numbers that can be ordered now.',
        schema: z.object({ data: z.array(availableSchema), meta: metaSchema, metadata: metaSchema }),
      },
    },
    async handle({ actor, query }) {
      const startsWith = prefixOf(deps, query['filter[country_code]'], query['filter[phone_number][starts_with]']);
      if (!startsWith.ok) return startsWith;
      const filter = {
        ...given('country', query['filter[country_code]']),
        ...given('type', query['filter[phone_number_type]']),
        ...given('startsWith', startsWith.value),
        ...given('endsWith', query['filter[phone_number][ends_with]']),
        ...given('search', query['filter[phone_number][contains]']),
        ...given('region', query['filter[locality]']),
        ...given('reservable', query['filter[reservable]']),
        ...given('capabilities', query['filter[features]'] ?? query['filter[features][]']),
      };
      const found = await searchStock(deps, actor, filter, query['filter[limit]']);
      if (!found.ok) return found;
      const meta = { total_results: found.value.rows.length, best_effort_results: 0 };
      return ok({
        status: 200,
        body: { data: found.value.rows.map((row) => presentAvailable(row, deps.clock.now())), meta, metadata: meta },
      });
    },
  }),
];

/** National digits need the country they are of (seed-apis A.4). */
function prefixOf(
  deps: AvailableNumberDeps,
  country: string | undefined,
  national: string | undefined,
): Result<string | undefined, RequestRefusal> {
  if (national === undefined) return ok(undefined);
  const code = country === undefined ? null : deps.callingCodeOf(country);
  if (code === null) return err(invalidQuery(['filter[country_code]'], 'starts_with needs the country that it is a prefix in.', 'missing'));
  return ok(`+${code}${national}`);
}
