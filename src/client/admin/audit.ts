// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.
import { byCursor } from '../pages.ts';
import type { CallOptions, Send } from '../send.ts';
import type { ListAuditAnswer, ListAuditQuery } from './audit-wire.ts';

/** Audit: one method an operation. */
export const auditApi = (send: Send) => ({
  /** List audit rows, newest first. */
  listAudit: (query: ListAuditQuery = {}, options?: CallOptions) =>
    send<ListAuditAnswer>({ method: 'GET', path: '/admin/v1/audit', query, answer: 'json' }, options),
  /** The same, row after row through all pages. */
  iterateAudit: (query: ListAuditQuery = {}, options?: CallOptions) =>
    byCursor((after) =>
      send<ListAuditAnswer>(
        { method: 'GET', path: '/admin/v1/audit', query: { ...query, after: after ?? query.after }, answer: 'json' },
        options,
      ),
    ),
});
