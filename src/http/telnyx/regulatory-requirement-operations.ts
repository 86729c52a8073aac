import { z } from 'zod';
import type { Actor } from '../../app/actor.ts';
import type { UnitOfWork } from '../../app/ports/store.ts';
import { isOwnThing } from '../../app/requirements/own-group.ts';
import { knownNumbers } from '../../app/requirements/requirements-of-numbers.ts';
import { parseE164 } from '../../domain/e164.ts';
import type { NumberType, PhoneNumber } from '../../domain/number.ts';
import type { Requirement } from '../../domain/requirement.ts';
import type { Clock } from '../../kit/clock.ts';
import { ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { countryField, uuidField } from '../wire-fields.ts';
import { enumText, listQuery, TYPES } from './filters.ts';
import { given } from './given.ts';
import { listSchema, metaOf, pageFields } from './page.ts';

interface Deps {
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
}

const TAG = 'Regulatory Requirements';
const NUMBERS_MAX = 100;
/** The vendor's list has no pages. */
const SETS_MAX = 250;
const need = { scope: 'numbers:read' } as const;

/** E.164 numbers with commas between them; an unescaped plus sign arrives as a space (seed-apis E.1.1). */
const numberList = () =>
  z
    .union([z.string(), z.array(z.string())])
    .transform((value) => (Array.isArray(value) ? value : value.split(',')).map((each) => each.replace(/^ ?(?=[0-9])/, '+')))
    .refine((list) => list.length <= NUMBERS_MAX && list.every((each) => parseE164(each) !== null), {
      message: `Must be 1 to ${NUMBERS_MAX} numbers in +E.164 format.`,
      params: { problem: 'not_e164' },
    })
    .meta({ type: 'string' });

const criteriaSchema = z.object({
  acceptable_values: z.array(z.string()).optional(),
  case_sensitive: z.string().optional(),
  max_length: z.string().optional(),
  min_length: z.string().optional(),
  regex: z.string().optional(),
});
const setSchema = z.object({
  action: z.literal('ordering'),
  country_code: z.string(),
  phone_number_type: z.enum(TYPES),
  regulatory_requirements: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      field_type: z.string(),
      description: z.string(),
      example: z.string(),
      acceptance_criteria: criteriaSchema,
    }),
  ),
});

/** Lengths are texts in this one (seed-apis A.3). */
const presentOne = ({ id, name, fieldType, description, example, acceptance }: Requirement) => ({
  id,
  name,
  field_type: fieldType,
  description: description ?? '',
  example: example ?? '',
  acceptance_criteria: {
    ...(acceptance.acceptableValues === null
      ? {}
      : { acceptable_values: acceptance.acceptableValues, case_sensitive: String(acceptance.caseSensitive) }),
    ...(acceptance.maxLength === null ? {} : { max_length: String(acceptance.maxLength) }),
    ...(acceptance.minLength === null ? {} : { min_length: String(acceptance.minLength) }),
    ...(acceptance.pattern === null ? {} : { regex: acceptance.pattern }),
  },
});

const presentSet = (country: string, numberType: NumberType, requirements: readonly Requirement[]) => ({
  action: 'ordering',
  country_code: country,
  phone_number_type: numberType,
  regulatory_requirements: requirements.map(presentOne),
});

/** What numbers need: by country and type, by requirement group, and number by number. */
export const regulatoryRequirementOperations = (deps: Deps): AnyOperation[] => [retrieve(deps), ofNumbers(deps)];

const retrieve = (deps: Deps) =>
  operation({
    method: 'GET',
    path: '/regulatory_requirements',
    operationId: 'retrieveRegulatoryRequirements',
    summary: 'Retrieve regulatory requirements',
    tag: TAG,
    query: listQuery({
      'filter[phone_number]': numberList().optional(),
      'filter[requirement_group_id]': uuidField().optional(),
      'filter[country_code]': countryField().optional(),
      'filter[phone_number_type]': enumText(TYPES).optional(),
      'filter[action]': enumText(['ordering', 'porting', 'action']).optional(),
    }),
    need,
    responses: { 200: { description: 'The requirements by country and type.', schema: z.object({ data: z.array(setSchema) }) } },
    async handle({ actor, query }) {
      if ((query['filter[action]'] ?? 'ordering') !== 'ordering') return ok({ status: 200, body: { data: [] } });
      const filter = {
        ...given('country', query['filter[country_code]']),
        ...given('numberType', query['filter[phone_number_type]']),
      };
      const numbers = query['filter[phone_number]'];
      const groupId = query['filter[requirement_group_id]'];
      const data = await (groupId !== undefined
        ? ofGroup(deps, actor, groupId)
        : numbers !== undefined
          ? ofKnown(deps, actor, numbers)
          : ofCatalogue(deps, filter));
      const { country, numberType } = filter;
      const wanted = data.filter(
        (each) =>
          (country === undefined || each.country_code === country) && (numberType === undefined || each.phone_number_type === numberType),
      );
      return ok({ status: 200, body: { data: wanted } });
    },
  });

const ofCatalogue = (deps: Deps, filter: { readonly country?: string; readonly numberType?: NumberType }) =>
  deps.unitOfWork.read(async (tx) => {
    const { rows } = await tx.requirements.listSets(filter, [], { limit: SETS_MAX, offset: 0 });
    return rows.map((set) => presentSet(set.country, set.numberType, set.requirements));
  });

/** What the group asks for; a foreign group is an unknown one. */
const ofGroup = (deps: Deps, actor: Actor, id: string) =>
  deps.unitOfWork.read(async (tx) => {
    const group = await tx.requirementGroups.get(id);
    if (group === null || !isOwnThing(actor, group)) return [];
    const asked = new Set(group.values.map(({ requirementId }) => requirementId));
    const catalogue = await tx.requirements.ofCountries([group.country]);
    return [
      presentSet(
        group.country,
        group.numberType,
        catalogue.filter((each) => asked.has(each.id)),
      ),
    ];
  });

const ofKnown = (deps: Deps, actor: Actor, e164s: readonly string[]) =>
  deps.unitOfWork.read(async (tx) => {
    const numbers = await knownNumbers(tx, deps, actor, e164s);
    const catalogue = await tx.requirements.ofCountries([...new Set(numbers.map(({ country }) => country))]);
    const sets = new Map(numbers.map(({ country, type }) => [`${country} ${type}`, { country, type }]));
    return [...sets.values()].map(({ country, type }) => presentSet(country, type, neededBy({ country, type }, catalogue)));
  });

const neededBy = ({ country, type }: Pick<PhoneNumber, 'country' | 'type'>, catalogue: readonly Requirement[]): readonly Requirement[] =>
  catalogue.filter((each) => each.country === country && each.numberType === type);

const numberSchema = z.object({
  phone_number: z.string(),
  phone_number_type: z.enum(TYPES),
  record_type: z.literal('phone_number_regulatory_requirement'),
  region_information: z.array(z.object({ region_name: z.string(), region_type: z.string() })),
  regulatory_requirements: z.array(
    z.object({
      id: z.string(),
      label: z.string(),
      field_type: z.string(),
      description: z.string(),
      example: z.string(),
      record_type: z.literal('regulatory_requirement'),
      acceptance_criteria: z.object({ field_type: z.string() }),
    }),
  ),
});

const presentNumber = (number: PhoneNumber, catalogue: readonly Requirement[]) => ({
  phone_number: number.e164,
  phone_number_type: number.type,
  record_type: 'phone_number_regulatory_requirement',
  region_information: [
    { region_name: number.country, region_type: 'country_code' },
    ...(number.region === null ? [] : [{ region_name: number.region, region_type: 'location' }]),
  ],
  regulatory_requirements: neededBy(number, catalogue).map(({ id, name, fieldType, description, example }) => ({
    id,
    label: name,
    field_type: fieldType,
    description: description ?? '',
    example: example ?? '',
    record_type: 'regulatory_requirement',
    acceptance_criteria: { field_type: fieldType },
  })),
});

const ofNumbers = (deps: Deps) =>
  operation({
    method: 'GET',
    path: '/phone_numbers_regulatory_requirements',
    operationId: 'retrievePhoneNumbersRegulatoryRequirements',
    summary: 'Retrieve regulatory requirements for a list of phone numbers; of those that are yours or for sale',
    tag: TAG,
    query: listQuery({ ...pageFields(NUMBERS_MAX), 'filter[phone_number]': numberList() }),
    need,
    responses: { 200: { description: 'The requirements number by number.', schema: listSchema(numberSchema) } },
    async handle({ actor, query }) {
      const { numbers, catalogue } = await deps.unitOfWork.read(async (tx) => {
        const found = await knownNumbers(tx, deps, actor, query['filter[phone_number]']);
        return { numbers: found, catalogue: await tx.requirements.ofCountries([...new Set(found.map(({ country }) => country))]) };
      });
      const from = (query['page[number]'] - 1) * query['page[size]'];
      const data = numbers.slice(from, from + query['page[size]']).map((number) => presentNumber(number, catalogue));
      return ok({ status: 200, body: { data, meta: metaOf(query, numbers.length) } });
    },
  });
