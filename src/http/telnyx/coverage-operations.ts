import { z } from 'zod';
import type { Actor } from '../../app/actor.ts';
import type { StockFilter, StockLevel, UnitOfWork } from '../../app/ports/store.ts';
import { accountOf } from '../../app/tenant.ts';
import { holderOf } from '../../domain/account.ts';
import { invalidQuery } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { err, ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { countryField, textField } from '../wire-fields.ts';
import { featureList } from './available-number-operations.ts';
import { booleanText, enumText, listQuery, TYPES } from './filters.ts';
import { given } from './given.ts';

interface Deps {
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
}

const LEVELS_MAX = 1000;

/** The stock as the actor may buy it now, in counts. */
function levelsOf(
  deps: Deps,
  actor: Actor,
  filter: Omit<StockFilter, 'mode' | 'buyer' | 'at'>,
  groupBy: 'region' | 'npa' | null = null,
): Promise<readonly StockLevel[]> {
  const buyer = holderOf(accountOf(actor));
  const whole = { ...filter, mode: actor.mode, buyer, at: deps.clock.now() };
  return deps.unitOfWork.read((tx) => tx.numbers.stockLevels(whole, groupBy, LEVELS_MAX));
}

/** Where there are numbers: countries, one country, and how many. */
export const coverageOperations = (deps: Deps): AnyOperation[] => [countries(deps), country(deps), inventory(deps)];

const typeSchema = z.object({
  features: z.array(z.string()),
  full_pstn_replacement: z.boolean(),
  international_sms: z.boolean(),
  p2p: z.boolean(),
  quickship: z.boolean(),
  reservable: z.boolean(),
});
const countrySchema = z.object({
  code: z.string(),
  features: z.array(z.string()),
  phone_number_type: z.array(z.enum(TYPES)),
  numbers: z.boolean(),
  inventory_coverage: z.boolean(),
  international_sms: z.boolean(),
  p2p: z.boolean(),
  quickship: z.boolean(),
  reservable: z.boolean(),
  region: z.null(),
  local: typeSchema.optional(),
  mobile: typeSchema.optional(),
  national: typeSchema.optional(),
  toll_free: typeSchema.optional(),
  shared_cost: typeSchema.optional(),
});

const traitsOf = (features: readonly string[]) => ({
  international_sms: features.includes('international_sms'),
  p2p: false,
  quickship: false,
  reservable: true,
});

/** A country by its levels, one for each type. */
const presentCountry = (code: string, levels: readonly StockLevel[]) => {
  const features = [...new Set(levels.flatMap(({ capabilities }) => capabilities))].toSorted();
  const ofType = ({ type, capabilities }: StockLevel) =>
    [type, { features: capabilities, full_pstn_replacement: false, ...traitsOf(capabilities) }] as const;
  return {
    code,
    features,
    phone_number_type: levels.map(({ type }) => type),
    numbers: true,
    inventory_coverage: true,
    region: null,
    ...traitsOf(features),
    ...Object.fromEntries(levels.map(ofType)),
  };
};

const countries = (deps: Deps) =>
  operation({
    method: 'GET',
    path: '/country_coverage',
    operationId: 'retrieveCountryCoverage',
    summary: 'Get country coverage: where there are numbers now',
    tag: 'Country Coverage',
    need: { scope: 'numbers:read' },
    responses: { 200: { description: 'Countries by their code.', schema: z.object({ data: z.record(z.string(), countrySchema) }) } },
    async handle({ actor }) {
      const levels = await levelsOf(deps, actor, {});
      const codes = [...new Set(levels.map((level) => level.country))];
      const data = Object.fromEntries(
        codes.map((code) => [
          code,
          presentCountry(
            code,
            levels.filter((level) => level.country === code),
          ),
        ]),
      );
      return ok({ status: 200, body: { data } });
    },
  });

const country = (deps: Deps) =>
  operation({
    method: 'GET',
    path: '/country_coverage/countries/:country_code',
    operationId: 'retrieveCountryCoverageOfCountry',
    summary: 'Get coverage for a specific country',
    tag: 'Country Coverage',
    resource: 'country',
    params: z.object({ country_code: countryField() }),
    need: { scope: 'numbers:read' },
    responses: {
      200: { description: 'The country.', schema: z.object({ data: countrySchema }) },
      404: { description: 'There is no number of this country now' },
    },
    async handle({ actor, params: { country_code: code } }) {
      const levels = await levelsOf(deps, actor, { country: code });
      if (levels.length === 0) return err({ kind: 'not_found', resource: 'country' });
      return ok({ status: 200, body: { data: presentCountry(code, levels) } });
    },
  });

const GROUPS = { locality: 'region', npa: 'npa' } as const;

const inventoryQuery = listQuery({
  'filter[country_code]': countryField().optional(),
  'filter[phone_number_type]': enumText(TYPES).optional(),
  'filter[features]': featureList().optional(),
  'filter[features][]': featureList().optional(),
  'filter[administrative_area]': textField(100).optional().describe('The locality of the numbers.'),
  'filter[npa]': z
    .string()
    .regex(/^[2-9][0-9]{2}$/, 'Must be three digits.')
    .optional(),
  'filter[nxx]': z
    .string()
    .regex(/^[2-9][0-9]{2}$/, 'Must be three digits.')
    .optional()
    .describe('Only with npa.'),
  'filter[groupBy]': enumText(['locality', 'npa']).optional(),
  'filter[count]': booleanText().optional().describe('Counts are always given.'),
});

const levelSchema = z.object({
  record_type: z.literal('inventory_coverage'),
  administrative_area: z.string().optional(),
  advance_requirements: z.boolean(),
  count: z.int(),
  coverage_type: z.literal('number'),
  group: z.string(),
  group_type: z.string(),
  number_type: z.enum(['did', 'toll-free']),
  phone_number_type: z.enum(TYPES),
});

const NXX_ALONE = invalidQuery(['filter[npa]'], 'filter[nxx] needs filter[npa].', 'missing');

const inventory = (deps: Deps) =>
  operation({
    method: 'GET',
    path: '/inventory_coverage',
    operationId: 'listInventoryCoverage',
    summary: 'Create an inventory coverage request: how many numbers there are now',
    tag: 'Inventory Level',
    query: inventoryQuery,
    need: { scope: 'numbers:read' },
    responses: {
      200: {
        description: `At most ${LEVELS_MAX} counts. Of much stock the first numbers are counted: then a count says how many there are at least.`,
        schema: z.object({ data: z.array(levelSchema), meta: z.object({ total_results: z.int() }) }),
      },
    },
    async handle({ actor, query }) {
      const by = query['filter[groupBy]'];
      const npa = query['filter[npa]'];
      if (npa === undefined && query['filter[nxx]'] !== undefined) return err(NXX_ALONE);
      const filter = {
        ...given('country', query['filter[country_code]']),
        ...given('type', query['filter[phone_number_type]']),
        ...given('capabilities', query['filter[features]'] ?? query['filter[features][]']),
        ...given('region', query['filter[administrative_area]']),
        ...given('startsWith', npa === undefined ? undefined : `+1${npa}${query['filter[nxx]'] ?? ''}`),
      };
      const levels = await levelsOf(deps, actor, filter, by === undefined ? null : GROUPS[by]);
      const codes = [...new Set(levels.map((level) => level.country))];
      const needed = await deps.unitOfWork.read((tx) => tx.requirements.ofCountries(codes));
      const isRegulated = (level: StockLevel): boolean =>
        needed.some((each) => each.country === level.country && each.numberType === level.type);
      const data = levels.map((level) => ({
        record_type: 'inventory_coverage',
        ...(by === 'locality' && level.group !== null ? { administrative_area: level.group } : {}),
        advance_requirements: isRegulated(level),
        count: level.count,
        coverage_type: 'number',
        group: by === undefined ? level.country : (level.group ?? ''),
        group_type: by ?? 'country_code',
        number_type: level.type === 'toll_free' ? 'toll-free' : 'did',
        phone_number_type: level.type,
      }));
      return ok({ status: 200, body: { data, meta: { total_results: data.length } } });
    },
  });
