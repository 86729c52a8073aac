// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.
import type { CallOptions, Send } from '../send.ts';
import type { PropagationAnswer } from './routing-plane-wire.ts';

/** Routing plane: one method an operation. */
export const routingPlaneApi = (send: Send) => ({
  /** How far Redis is behind Postgres, and who is alive. */
  getPropagation: (options?: CallOptions) =>
    send<PropagationAnswer>({ method: 'GET', path: '/admin/v1/propagation', answer: 'json' }, options),
});
