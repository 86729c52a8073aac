import type { Application } from './application.ts';
import type { ClientInvite } from './client-invite.ts';
import { closeWork, finishWork } from './close-work.ts';
import type { Core } from './core.ts';
import type { Dialog } from './dialog.ts';
import { endDialog } from './end-dialog.ts';
import { offerTo } from './offer-to-application.ts';
import { sendCancel } from './send-cancel.ts';
import type { ServerWork } from './server-work.ts';

/** Whose calls to end: one application's, or everybody's. */
export type Whose = Application | 'all';

/**
 * Ends everything of an application that is gone, on both sides: pending requests get 503, unanswered INVITEs are
 * cancelled, dialogs get a BYE. Resolves when every BYE has been answered or given up, at the latest after `waitMs`.
 */
export function endCalls(core: Core, whose: Whose, reason: string, waitMs: number): Promise<void> {
  const mine = (item: { readonly app: Application }): boolean => whose === 'all' || item.app === whose;
  for (const work of [...core.work.values()].filter((item: ServerWork) => mine(item)))
    finishWork(core, work, work.view.message.method === 'BYE' ? 200 : 503, true);
  // What is passed on goes on without its application.
  if (whose === 'all') for (const context of [...core.proxying]) context.abandon();
  for (const invite of [...core.invites.values()].filter((item: ClientInvite) => mine(item) && !item.settled)) {
    cancelLost(core, invite);
  }
  // An early dialog of the client side ends with its CANCEL.
  const dialogs = core.dialogs.all().filter((item: Dialog) => mine(item) && !(item.state === 'early' && item.role === 'uac'));
  return new Promise((resolve) => {
    let open = dialogs.length;
    if (open === 0) return resolve();
    const timer = core.scheduler.after(waitMs, resolve);
    for (const dialog of dialogs) {
      endDialog(core, dialog, { text: reason, tell: true }, () => {
        open -= 1;
        if (open > 0) return;
        timer.cancel();
        resolve();
      });
    }
  });
}

function cancelLost(core: Core, invite: ClientInvite): void {
  if (invite.provisional) sendCancel(core, invite);
  else if (invite.cancel === 'none') invite.cancel = 'held';
}

/**
 * Calls a lost application had not said a word about go to another one, once: a call that ends applications does not end them all.
 * What it had begun for its calls is cancelled then, or ended where it was answered already, or the same phone would ring twice.
 */
export function offerAgain(core: Core, lost: Application): void {
  const mine = (item: { readonly app: Application }): boolean => item.app === lost;
  const unheard = ({ initial, tagged, concluded, again, view }: ServerWork): boolean =>
    initial && !tagged && !concluded && !again && view.message.method === 'INVITE';
  let moved = false;
  for (const work of [...core.work.values()].filter((item) => mine(item) && unheard(item))) {
    const app = core.directory.pick('INVITE');
    // Without another application it stays where it is, and ends with the grace.
    if (app === undefined) break;
    closeWork(core, work);
    offerTo(core, work, app, true);
    moved = true;
  }
  if (!moved) return;
  for (const invite of [...core.invites.values()].filter((item) => mine(item) && !item.settled && item.initial)) cancelLost(core, invite);
  for (const dialog of answeredForNobody(core, lost)) endDialog(core, dialog, { text: 'Application lost', tell: false });
}

/** Called sides beyond the callers that were answered: those that answered last, for whose callers nobody has said a word yet. */
function answeredForNobody(core: Core, lost: Application): readonly Dialog[] {
  const mine = core.dialogs.all().filter(({ app, usage, state }) => app === lost && usage === 'invite' && state === 'confirmed');
  const called = mine.filter(({ role }) => role === 'uac');
  // The table is in the order of their answers.
  return called.slice(mine.length - called.length);
}
