import { isSender, loginMark } from '../../domain/binding.ts';
import type { MatchedSource } from '../../domain/call.ts';
import { compareSources } from '../../domain/source-index.ts';
import { metMarks } from '../../domain/source-marks.ts';
import type { Bindings } from '../ports/bindings.ts';
import type { RegisteredSenders } from '../ports/registered-senders.ts';
import type { RouteCallDeps } from './call-routing.ts';
import type { IncomingCall } from './incoming-call.ts';

/** What finding a registered sender needs. */
export interface SenderDeps {
  readonly senders: Pick<RegisteredSenders, 'find'>;
  readonly bindings: Pick<Bindings, 'read'>;
  /** Limits how often strangers make us ask. */
  readonly checks: { take(): boolean };
}

type Asking = Pick<RouteCallDeps, 'sourceIndex' | 'local' | 'log' | 'registered'>;

/**
 * The trunk group whose phone system is registered at exactly the place a call comes from, as a source that is closer than any ACL
 * (decision C1, rule 3); null: nobody is. Who logs in with the call needs none, and where Redis does not say, the call is asked to.
 */
export async function registeredSender(call: IncomingCall, deps: Asking): Promise<MatchedSource | null> {
  const { registered } = deps;
  if (call.authentication !== null || deps.sourceIndex().registered.size === 0) return null;
  if (!registered.checks.take()) return null;
  try {
    return await look(call, deps);
  } catch (error) {
    deps.log.debug('nobody can say who registered there', { error: String(error) });
    return null;
  }
}

async function look(call: IncomingCall, { sourceIndex, local, registered }: Asking): Promise<MatchedSource | null> {
  const { senders, bindings } = registered;
  const { sourceIp: ip, sourcePort: port, transport } = call.facts;
  const credential = await senders.find({ ip, port, transport });
  if (credential === null) return null;
  await local.fill([credential]);
  const login = local.peek(credential)?.record;
  if (login?.kind !== 'credential' || login.trunkGroupId === undefined) return null;
  const group = sourceIndex().registered.get(login.trunkGroupId);
  if (group === undefined) return null;
  const [live = []] = await bindings.read([{ credential, login: loginMark(login) }]);
  if (!live.some((binding) => isSender(binding, { ip, port, transport }))) return null;
  const { trunkGroupId, groupKind, accountId, mode, marks } = group;
  return {
    trunkGroupId,
    groupKind,
    accountId,
    mode,
    entry: `registered ${login.username}@${login.realm}`,
    exactPort: true,
    exactTransport: true,
    prefixBits: ip.includes(':') ? 128 : 32,
    ...metMarks(marks),
    told: true,
    login: { realm: login.realm, username: login.username },
  };
}

/** The sources with the registered one in its place; its group is told by that alone. */
export function withSender(sources: readonly MatchedSource[], sender: MatchedSource | null): readonly MatchedSource[] {
  if (sender === null) return sources;
  return [...sources.filter(({ trunkGroupId }) => trunkGroupId !== sender.trunkGroupId), sender].sort(compareSources);
}
