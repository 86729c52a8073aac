import { eventFor } from './refer-event.ts';
import type { ReferTarget } from './refer-to.ts';
import { isIdentified, type Leg, passedOn, refuseForOther } from './relay-in-dialog.ts';
import { refusalReply } from './replies.ts';
import type { RunCallDeps } from './run-call.ts';
import type { ReceivedRequest } from './sip-stack.ts';
import { escapeUser } from './sip-uri.ts';
import { NOBODYS } from './target-guard.ts';

/** Whether the other party may be sent there: to a number, or to an address that anybody may dial (decision C6). */
async function mayGo(target: ReferTarget, { resolver, guard }: RelayReferDeps): Promise<boolean> {
  // A call of ours can be taken over by nobody but us.
  if (target.isOurs) return target.replaces === null;
  const hops = await resolver.resolveAll(target.uri);
  const refusals = await Promise.all(hops.map((hop) => guard.refusalOf(NOBODYS, hop)));
  return hops.length > 0 && refusals.every((refusal) => refusal === null);
}

export interface RelayReferDeps extends Pick<RunCallDeps, 'resolver' | 'guard' | 'log'> {
  /** Our domain. */
  readonly domain: string;
}

/** What the other party is told: of a place here nothing but who is meant, or it could be a port of somebody else at our address. */
const placeFor = ({ uri, user, isOurs }: ReferTarget, domain: string): string =>
  !isOurs || user.startsWith('tel:') ? `<${uri}>` : `<sip:${escapeUser(user)}@${domain}>`;

/** Passes a REFER on to the other party, who then calls the place itself; its reports come back by `relayReport`. Never throws. */
export function relayRefer(request: ReceivedRequest, target: ReferTarget, from: Leg, to: Leg, deps: RelayReferDeps): void {
  const refuse = (): void => {
    const { status, headers } = refusalReply('transfer_refused', isIdentified(from) ? from.call.callId : null);
    request.reply(status, { headers });
  };
  const pass = async (): Promise<void> => {
    if (!(await mayGo(target, deps))) {
      refuse();
      return;
    }
    const silent = request.header('Refer-Sub');
    // Before the answer: a report may overtake it. Who asked stays unnamed (issue 7: the other leg's signalling is never shown).
    to.reportsOn = eventFor(request, from.refers);
    const headers = { 'Refer-To': placeFor(target, deps.domain), ...(silent === undefined ? {} : { 'Refer-Sub': silent }) };
    const { reply } = await to.dialog.request('REFER', { headers });
    const isSilent = reply.header('Refer-Sub')?.trim().toLowerCase().startsWith('false') === true;
    if (reply.status >= 300 || isSilent) to.reportsOn = undefined;
    request.reply(passedOn(reply.status), { headers: isSilent ? { 'Refer-Sub': 'false' } : {} });
  };
  pass().catch((error: unknown) => {
    deps.log.debug('a REFER was not passed on', { error: String(error) });
    to.reportsOn = undefined;
    refuseForOther(request, to);
  });
}
