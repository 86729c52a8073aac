import type { NewBinding } from '../app/ports/bindings.ts';
import { parseContactUri } from '../domain/contact-uri.ts';
import type { RegisterPlan } from '../domain/registration.ts';
import type { ReceivedRequest } from './sip-stack.ts';
import { NOBODYS, type TargetGuard } from './target-guard.ts';
import type { NextHop, TargetResolver } from './targets.ts';

const USER_AGENT_MAX = 128;

/** Where calls to what is registered now would be sent to: back to where the REGISTER came from, or through its proxies (RFC 3327). */
async function hopOf(request: ReceivedRequest, path: readonly string[], resolver: TargetResolver): Promise<NextHop | null> {
  const [first] = path;
  if (first !== undefined) return await resolver.resolve(first);
  return { ip: request.sourceIp, port: request.sourcePort, transport: request.transport };
}

/** Contact is not where the REGISTER came from (decision C20); a stream is the only way back to whoever opened it. */
function isElsewhere(contact: string, { sourceIp, sourcePort, transport }: ReceivedRequest): boolean {
  const uri = parseContactUri(contact);
  return transport !== 'udp' || uri?.host !== sourceIp.toLowerCase() || (uri.port ?? 5060) !== sourcePort;
}

/** The contacts of a REGISTER with the way it came; `forbidden`: calls would go where nobody may send them (decision C6). */
export async function newBindings(
  request: ReceivedRequest,
  server: string,
  plan: RegisterPlan,
  deps: { readonly guard: TargetGuard; readonly resolver: TargetResolver },
): Promise<readonly NewBinding[] | 'forbidden'> {
  if (plan.ask !== 'update') return [];
  const { contacts, path } = plan;
  const hop = await hopOf(request, path, deps.resolver);
  const stays = contacts.some(({ expiresSeconds }) => expiresSeconds > 0);
  if (stays && (hop === null || (await deps.guard.refusalOf(NOBODYS, hop)) !== null)) return 'forbidden';
  const { sourceIp: ip, sourcePort: port, transport, receivedOn } = request;
  const source = { ip, port, transport, ...(receivedOn === undefined ? {} : { receivedOn }) };
  const userAgent = (request.header('User-Agent') ?? '').slice(0, USER_AGENT_MAX);
  return contacts.map(({ key, uri, q, expiresSeconds }) => {
    const viaSource = path.length === 0 && isElsewhere(uri, request);
    return { key, expiresSeconds, contact: uri, q, server, source, viaSource, path, userAgent };
  });
}
