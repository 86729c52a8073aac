import type { FlowKeeper } from '../app/ports/bindings.ts';
import type { Binding } from '../domain/binding.ts';
import type { Logger } from '../kit/log.ts';
import type { ReceivedRequest } from './sip-stack.ts';

/** True for a binding whose NAT forgets the way back unless it sees something every now and then; streams have their own signs of life. */
const needsLife = ({ viaSource, source }: Binding): boolean => viaSource && source.transport === 'udp';

/**
 * Keeps the way back to where a REGISTER came from open for as long as something is registered there (decision C20), or no longer.
 * Nobody waits for it: the next refresh makes up for one that is lost.
 */
export function keepFlow(
  request: ReceivedRequest,
  server: string,
  changed: boolean,
  bindings: readonly Binding[],
  { flows, log }: { readonly flows: FlowKeeper; readonly log: Logger },
): void {
  if (!changed || request.transport !== 'udp') return;
  const source = { ip: request.sourceIp, port: request.sourcePort, transport: request.transport };
  const behind = bindings.filter(
    (one) => needsLife(one) && one.server === server && one.source.ip === source.ip && one.source.port === source.port,
  );
  const untilMs = Math.max(0, ...behind.map(({ remainingMs }) => remainingMs));
  const contact = behind[0]?.contact ?? '';
  flows.keep(server, { contact, source }, untilMs).catch((error: unknown) => log.warn('a flow is not kept open', { error: String(error) }));
}
