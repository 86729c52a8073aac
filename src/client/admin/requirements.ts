// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.
import { byCursor } from '../pages.ts';
import { segment } from '../segment.ts';
import type { CallOptions, Send } from '../send.ts';
import type {
  CreateRequirementBody,
  CreateRequirementQuery,
  ListRequirementsAnswer,
  ListRequirementsQuery,
  RequirementAnswer,
} from './requirements-wire.ts';

/** Requirements: one method an operation. */
export const requirementsApi = (send: Send) => ({
  /** Say what numbers of a country and type need before they may be active. */
  createRequirement: (body: CreateRequirementBody, query: CreateRequirementQuery = {}, options?: CallOptions) =>
    send<RequirementAnswer>({ method: 'POST', path: '/admin/v1/requirements', query, json: body, answer: 'json' }, options),
  /** List the catalogue of requirements. */
  listRequirements: (query: ListRequirementsQuery = {}, options?: CallOptions) =>
    send<ListRequirementsAnswer>({ method: 'GET', path: '/admin/v1/requirements', query, answer: 'json' }, options),
  /** The same, row after row through all pages. */
  iterateRequirements: (query: ListRequirementsQuery = {}, options?: CallOptions) =>
    byCursor((after) =>
      send<ListRequirementsAnswer>(
        { method: 'GET', path: '/admin/v1/requirements', query: { ...query, after: after ?? query.after }, answer: 'json' },
        options,
      ),
    ),
  /** Get one requirement. */
  getRequirement: (id: string, options?: CallOptions) =>
    send<RequirementAnswer>({ method: 'GET', path: `/admin/v1/requirements/${segment(id)}`, answer: 'json' }, options),
});
