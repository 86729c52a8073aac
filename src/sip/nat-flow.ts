import type { FlowKeeper } from '../app/ports/bindings.ts';
import type { Binding } from '../domain/binding.ts';
import type { RecordRef } from '../domain/records.ts';
import type { Logger } from '../kit/log.ts';

/** True for a binding whose NAT forgets the way back unless it sees something every now and then; streams have their own signs of life. */
const needsLife = ({ viaSource, source }: Binding): boolean => viaSource && source.transport === 'udp';

/**
 * Keeps the ways back to what a login has registered through `server` open for as long as it is registered (decision C20), and no other:
 * a contact that moved leaves nothing behind. Nobody waits for it: the next refresh makes up for one that is lost.
 */
export function keepFlows(
  server: string,
  credential: RecordRef,
  bindings: readonly Binding[],
  { flows, log }: { readonly flows: FlowKeeper; readonly log: Logger },
): void {
  const behind = bindings.filter((one) => needsLife(one) && one.server === server);
  flows.keep(server, credential, behind).catch((error: unknown) => log.warn('flows are not kept open', { error: String(error) }));
}
