import type { UnitOfWork } from '../../app/ports/store.ts';
import { err, ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { countryField, idParams, textField } from '../wire-fields.ts';
import { enumText, listQuery, TYPES } from './filters.ts';
import { given } from './given.ts';
import { listSchema, metaOf, offsetOf, oneSchema, pageFields } from './page.ts';
import { presentRequirement, presentRequirementType, requirementSchema, requirementTypeSchema } from './present-requirement.ts';
import { sortFields, sortOf } from './sorts.ts';

interface Deps {
  readonly unitOfWork: UnitOfWork;
}

const resource = 'requirement' as const;
const need = { scope: 'numbers:read' } as const;
const missing = err({ kind: 'not_found', resource } as const);

/** The catalogue as customers look it up: requirement types and requirements. The platform writes it. */
export const requirementOperations = (deps: Deps): AnyOperation[] => [listTypes(deps), getType(deps), list(deps), get(deps)];

const TYPE_SORTS = { name: 'name', created_at: 'created_at', updated_at: 'created_at' } as const;

const listTypes = (deps: Deps) =>
  operation({
    method: 'GET',
    path: '/requirement_types',
    operationId: 'listRequirementTypes',
    summary: 'List all requirement types',
    tag: 'Requirement Types',
    query: listQuery({ ...pageFields(), 'filter[name][contains]': textField(200).optional(), ...sortFields(TYPE_SORTS) }),
    need,
    responses: { 200: { description: 'A page of requirement types.', schema: listSchema(requirementTypeSchema) } },
    async handle({ query }) {
      const filter = given('nameContains', query['filter[name][contains]']);
      const { rows, total } = await deps.unitOfWork.read((tx) => tx.requirements.search(filter, sortOf(query), offsetOf(query)));
      return ok({ status: 200, body: { data: rows.map(presentRequirementType), meta: metaOf(query, total) } });
    },
  });

const getType = (deps: Deps) =>
  operation({
    method: 'GET',
    path: '/requirement_types/:id',
    operationId: 'retrieveRequirementType',
    summary: 'Retrieve a requirement type',
    tag: 'Requirement Types',
    resource,
    params: idParams,
    need,
    responses: {
      200: { description: 'The requirement type.', schema: oneSchema(requirementTypeSchema) },
      404: { description: 'No such requirement type' },
    },
    async handle({ params }) {
      const found = await deps.unitOfWork.read((tx) => tx.requirements.get(params.id));
      return found === null ? missing : ok({ status: 200, body: { data: presentRequirementType(found) } });
    },
  });

const SORTS = {
  created_at: 'created_at',
  updated_at: 'updated_at',
  country_code: 'country',
  phone_number_type: 'number_type',
} as const;

const list = (deps: Deps) =>
  operation({
    method: 'GET',
    path: '/requirements',
    operationId: 'listRequirements',
    summary: 'List all requirements',
    tag: 'Requirements',
    query: listQuery({
      ...pageFields(),
      'filter[country_code]': countryField().optional(),
      'filter[phone_number_type]': enumText(TYPES).optional(),
      'filter[action]': enumText(['branded_calling', 'ordering', 'porting']).optional().describe('All requirements are of ordering.'),
      ...sortFields(SORTS),
    }),
    need,
    responses: { 200: { description: 'A page of requirements.', schema: listSchema(requirementSchema) } },
    async handle({ query }) {
      if ((query['filter[action]'] ?? 'ordering') !== 'ordering') return ok({ status: 200, body: { data: [], meta: metaOf(query, 0) } });
      const filter = {
        ...given('country', query['filter[country_code]']),
        ...given('numberType', query['filter[phone_number_type]']),
      };
      const { rows, total } = await deps.unitOfWork.read((tx) => tx.requirements.listSets(filter, sortOf(query), offsetOf(query)));
      return ok({ status: 200, body: { data: rows.map(presentRequirement), meta: metaOf(query, total) } });
    },
  });

const get = (deps: Deps) =>
  operation({
    method: 'GET',
    path: '/requirements/:id',
    operationId: 'retrieveRequirement',
    summary: 'Retrieve a document requirement',
    tag: 'Requirements',
    resource,
    params: idParams,
    need,
    responses: {
      200: { description: 'The requirement.', schema: oneSchema(requirementSchema) },
      404: { description: 'No such requirement' },
    },
    async handle({ params }) {
      const found = await deps.unitOfWork.read((tx) => tx.requirements.getSet(params.id));
      return found === null ? missing : ok({ status: 200, body: { data: presentRequirement(found) } });
    },
  });
