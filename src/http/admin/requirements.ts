import { z } from 'zod';
import { addRequirement } from '../../app/requirements/add-requirement.ts';
import { type Acceptance, FIELD_TYPES, type Requirement } from '../../domain/requirement.ts';
import { err, ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { countryField, idParams, textField, timeText } from '../wire-fields.ts';
import type { AdminDeps } from './admin-deps.ts';
import { answerChangeOnce } from './answer-change.ts';
import { listBody, listSchema, pageFields, pageOf } from './page.ts';

const TYPES = ['local', 'mobile', 'national', 'toll_free', 'shared_cost'] as const;
const tag = 'Requirements';
const resource = 'requirement' as const;
const length = () => z.number().int().min(0).max(1000).nullable().default(null);

const acceptanceBody = z.strictObject({
  min_length: length(),
  max_length: length(),
  acceptable_values: z.array(textField(1000)).min(1).max(500).nullable().default(null),
  case_sensitive: z.boolean().default(true).describe('How acceptable_values are compared.'),
  regex: textField(200).nullable().default(null).describe('Matched on the whole value; without groups and choices.'),
});

const createBody = z.strictObject({
  country: countryField(),
  type: z.enum(TYPES),
  name: textField(200),
  description: textField(2000).nullable().default(null).describe('For people.'),
  example: textField(1000).nullable().default(null).describe('A value that would do.'),
  field_type: z.enum(FIELD_TYPES),
  acceptance: acceptanceBody
    .nullable()
    .optional()
    .describe('A value that meets these rules is approved at once; without rules it waits for a reviewer.'),
});

const requirementSchema = z.object({
  id: z.string(),
  country: z.string(),
  type: z.enum(TYPES),
  name: z.string(),
  description: z.string().nullable(),
  example: z.string().nullable(),
  field_type: z.enum(FIELD_TYPES),
  acceptance: z.object({
    min_length: z.int().nullable(),
    max_length: z.int().nullable(),
    acceptable_values: z.array(z.string()).nullable(),
    case_sensitive: z.boolean(),
    regex: z.string().nullable(),
  }),
  created_at: z.string(),
});

const presentRequirement = ({ id, country, numberType, name, description, example, fieldType, acceptance, createdAt }: Requirement) => ({
  id,
  country,
  type: numberType,
  name,
  description,
  example,
  field_type: fieldType,
  acceptance: {
    min_length: acceptance.minLength,
    max_length: acceptance.maxLength,
    acceptable_values: acceptance.acceptableValues,
    case_sensitive: acceptance.caseSensitive,
    regex: acceptance.pattern,
  },
  created_at: timeText(createdAt),
});

const acceptanceOf = (body: z.infer<typeof acceptanceBody> | null | undefined): Acceptance => ({
  minLength: body?.min_length ?? null,
  maxLength: body?.max_length ?? null,
  acceptableValues: body?.acceptable_values ?? null,
  caseSensitive: body?.case_sensitive ?? true,
  pattern: body?.regex ?? null,
});

/** The catalogue of what numbers need before they may be active. */
export const requirementOperations = (deps: AdminDeps): AnyOperation[] => [create(deps), list(deps), get(deps)];

const create = (deps: AdminDeps) =>
  operation({
    method: 'POST',
    path: '/requirements',
    operationId: 'createRequirement',
    summary: 'Say what numbers of a country and type need before they may be active.',
    tag,
    changes: true,
    body: createBody,
    responses: { 201: { description: 'The requirement.', schema: requirementSchema }, 409: { description: 'The name is taken' } },
    async handle({ actor, body }) {
      const { country, type: numberType, name, description, example, field_type: fieldType } = body;
      const input = { country, numberType, name, description, example, fieldType, acceptance: acceptanceOf(body.acceptance) };
      return answerChangeOnce(actor, () => addRequirement(deps, actor, input), {
        status: 201,
        body: presentRequirement,
        location: ({ id }) => `/requirements/${id}`,
      });
    },
  });

const list = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/requirements',
    operationId: 'listRequirements',
    summary: 'List the catalogue of requirements.',
    tag,
    query: z.object({ ...pageFields, country: countryField().optional(), type: z.enum(TYPES).optional() }),
    responses: { 200: { description: 'A page of requirements.', schema: listSchema(requirementSchema) } },
    async handle({ query }) {
      const filter = {
        ...(query.country === undefined ? {} : { country: query.country }),
        ...(query.type === undefined ? {} : { numberType: query.type }),
      };
      const rows = await deps.unitOfWork.read((tx) => tx.requirements.list(filter, pageOf(query)));
      return ok({ status: 200, body: listBody(rows, query.limit, (row) => row, presentRequirement) });
    },
  });

const get = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/requirements/:id',
    operationId: 'getRequirement',
    summary: 'Get one requirement.',
    tag,
    resource,
    params: idParams,
    responses: { 200: { description: 'The requirement.', schema: requirementSchema } },
    async handle({ params }) {
      const found = await deps.unitOfWork.read((tx) => tx.requirements.get(params.id));
      return found === null ? err({ kind: 'not_found', resource }) : ok({ status: 200, body: presentRequirement(found) });
    },
  });
