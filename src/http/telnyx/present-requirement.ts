import { z } from 'zod';
import type { OrderItem } from '../../domain/order.ts';
import type { Requirement, RequirementSet } from '../../domain/requirement.ts';
import { type GroupState, groupStateAt, type RequirementGroup } from '../../domain/requirement-group.ts';
import { timeText } from '../wire-fields.ts';
import { TYPES } from './filters.ts';

const unlessNull = <K extends string, V>(key: K, value: V | null): Partial<Record<K, V>> =>
  value === null ? {} : ({ [key]: value } as Record<K, V>);

/** A requirement type: what one value is about. It is what `requirement_id` names in orders and groups. */
export const requirementTypeSchema = z.object({
  id: z.string(),
  record_type: z.literal('requirement_type'),
  name: z.string(),
  type: z.enum(['document', 'address', 'textual']),
  description: z.string().optional(),
  example: z.string().optional(),
  acceptance_criteria: z.object({
    acceptable_values: z.array(z.string()).optional(),
    max_length: z.int().optional(),
    min_length: z.int().optional(),
  }),
  created_at: z.string(),
  updated_at: z.string(),
});

export const presentRequirementType = ({ id, name, fieldType, description, example, acceptance, createdAt }: Requirement) => ({
  id,
  record_type: 'requirement_type',
  name,
  // The vendor's types have no times: those are texts of a certain form.
  type: fieldType === 'datetime' ? 'textual' : fieldType,
  ...unlessNull('description', description),
  ...unlessNull('example', example),
  acceptance_criteria: {
    ...unlessNull('acceptable_values', acceptance.acceptableValues),
    ...unlessNull('max_length', acceptance.maxLength),
    ...unlessNull('min_length', acceptance.minLength),
  },
  created_at: timeText(createdAt),
  updated_at: timeText(createdAt),
});

/** A requirement: all that numbers of a country and type need. */
export const requirementSchema = z.object({
  id: z.string(),
  record_type: z.literal('requirement'),
  action: z.literal('ordering'),
  country_code: z.string(),
  phone_number_type: z.enum(TYPES),
  requirement_types: z.array(requirementTypeSchema),
  version: z.int(),
  effective_start_at: z.string(),
  effective_end_at: z.null(),
  created_at: z.string(),
  updated_at: z.string(),
});

export const presentRequirement = (set: RequirementSet) => ({
  id: set.id,
  record_type: 'requirement',
  action: 'ordering',
  country_code: set.country,
  phone_number_type: set.numberType,
  requirement_types: set.requirements.map(presentRequirementType),
  version: set.version,
  effective_start_at: timeText(set.updatedAt),
  effective_end_at: null,
  created_at: timeText(set.createdAt),
  updated_at: timeText(set.updatedAt),
});

const STATUS: Readonly<Record<GroupState, string>> = {
  unapproved: 'unapproved',
  in_review: 'pending-approval',
  approved: 'approved',
  declined: 'declined',
  expired: 'expired',
};

/** The vendor's words for the states of a group, and back. */
export const GROUP_STATUSES = ['unapproved', 'pending-approval', 'approved', 'declined', 'expired'] as const;
export const groupStateOf = (status: (typeof GROUP_STATUSES)[number]): GroupState => (status === 'pending-approval' ? 'in_review' : status);

const groupFields = {
  id: z.string(),
  record_type: z.literal('requirement_group'),
  action: z.literal('ordering'),
  country_code: z.string(),
  phone_number_type: z.enum(TYPES),
  status: z.enum(GROUP_STATUSES),
  customer_reference: z.string().optional(),
  created_at: z.string(),
  updated_at: z.string(),
  regulatory_requirements: z.array(
    z.object({
      requirement_id: z.string(),
      field_type: z.string(),
      field_value: z.string().optional(),
      status: z.enum(GROUP_STATUSES),
      expires_at: z.string().optional(),
      created_at: z.string(),
      updated_at: z.string(),
    }),
  ),
};
/** A group in a list, and alone. */
export const listedGroupSchema = z.object(groupFields);
export const groupSchema = z.object({ ...groupFields, data: listedGroupSchema });

/** A group without an envelope, as the vendor has it. */
export function presentListedGroup(group: RequirementGroup, nowMs: number) {
  const status = STATUS[groupStateAt(group, nowMs)];
  return {
    id: group.id,
    record_type: 'requirement_group',
    action: 'ordering',
    country_code: group.country,
    phone_number_type: group.numberType,
    status,
    ...unlessNull('customer_reference', group.customerReference),
    created_at: timeText(group.createdAt),
    updated_at: timeText(group.updatedAt),
    regulatory_requirements: group.values.map(({ requirementId, fieldType, value, updatedAt }) => ({
      requirement_id: requirementId,
      field_type: fieldType,
      ...unlessNull('field_value', value),
      status: value === null ? 'unapproved' : status,
      ...unlessNull('expires_at', group.expiresAt === null ? null : timeText(group.expiresAt)),
      created_at: timeText(group.createdAt),
      updated_at: timeText(updatedAt),
    })),
  };
}

/** One group: raw, as the vendor's client reads it, with a `data` copy, as others do (decision B1). */
export function presentGroup(group: RequirementGroup, nowMs: number) {
  const raw = presentListedGroup(group, nowMs);
  return { ...raw, data: raw };
}

const VALUE_STATUS = { unset: null, provided: 'pending-approval', approved: 'approved', rejected: 'declined' } as const;

/** The values of an ordered number with the status of each: only the answers to attachments tell it (seed-apis A.2). */
export const presentJudgedValues = ({ requirements }: OrderItem) =>
  requirements.map(({ requirementId, fieldType, value, status }) => ({
    field_type: fieldType,
    ...unlessNull('field_value', value),
    requirement_id: requirementId,
    ...unlessNull('status', VALUE_STATUS[status]),
  }));
