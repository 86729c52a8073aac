import type { MessageContent, ReceivedInvite, SipDialog, SipServer } from './sip-stack.ts';
import type { SrfConnection } from './srf-connection.ts';
import { SrfDialog } from './srf-dialog.ts';
import type { SrfMessage, SrfReplier, SrfRequest } from './srf-library.ts';
import { SrfReceived } from './srf-received.ts';
import { dialogIdOf, fieldOf, tagOf, toSrf } from './srf-text.ts';

/** A new INVITE, which can also be answered with a dialog. */
export class SrfReceivedInvite extends SrfReceived implements ReceivedInvite {
  readonly server: SipServer;

  constructor(connection: SrfConnection, server: SipServer, request: SrfRequest, response: SrfReplier) {
    super(connection, request, response);
    this.server = server;
  }

  ignore(): void {
    if (this.finished) return;
    this.answered = true;
    // The library would wait for our answer for ever: whoever calls in vain would fill the memory.
    const pending = this.connection.srf.app.client.mapServer.get(this.request.socket)?.pendingNetworkInvites;
    if (pending?.get(this.callId)?.req === this.request) pending.delete(this.callId);
  }

  accept(content: MessageContent): Promise<SipDialog> {
    if (this.finished) return Promise.reject(new Error('the caller has given up'));
    this.answered = true;
    const { connection, request, response, callId } = this;
    const dialogId = dialogIdOf(request);
    connection.unconfirmed.add(dialogId);
    return new Promise((resolve, reject) => {
      let settled = false;
      const settle = (act: () => void): void => {
        settled = true;
        clearTimeout(timer);
        connection.unconfirmed.delete(dialogId);
        forget();
        act();
      };
      const timer = setTimeout(() => settle(() => reject(new Error('no confirmation of the 200'))), connection.deadlines.commandMs);
      timer.unref();
      const forget = connection.onLost(request.socket, () => settle(() => reject(new Error('control connection lost'))));
      const confirmed = (error: unknown, sent: SrfMessage | undefined): void => {
        // The dialog is made in the callback itself: the ACK may be the next frame of the same read.
        const id = error ? undefined : response.stackDialogId;
        const tags = { local: sent === undefined ? '' : tagOf(fieldOf(sent, 'to')), remote: tagOf(fieldOf(request, 'from')) };
        const dialog = id === undefined ? undefined : new SrfDialog(connection, request.socket, id, { callId, tags });
        if (settled) void dialog?.bye();
        else settle(() => (dialog === undefined ? reject(new Error(`200 not sent: ${String(error)}`)) : resolve(dialog)));
      };
      try {
        response.send(200, toSrf(content), (error, sent) => connection.safely('accept', () => confirmed(error, sent)));
      } catch (error) {
        settle(() => reject(error));
      }
    });
  }
}
