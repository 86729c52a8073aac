import type { InviteHandle, InviteListener, MessageContent, OutgoingInvite, SipHeaders } from './sip-stack.ts';
import type { SrfConnection } from './srf-connection.ts';
import { SrfDialog } from './srf-dialog.ts';
import type { SrfAcknowledge, SrfRequest, SrfResponse } from './srf-library.ts';
import { replyOf } from './srf-received.ts';
import { dialogIdOf, fieldOf, tagOf, toSrf } from './srf-text.ts';

/** Sends an INVITE; `createUAC` is not used because of defects 1, 7, 8, 13, 15 and 20 (reference in `srf-library.ts`). */
export function originate(connection: SrfConnection, invite: OutgoingInvite, listener: InviteListener): InviteHandle {
  const { socket } = connection;
  let over = false;
  let abandonedWith: SipHeaders | undefined;
  let request: SrfRequest | undefined;

  const finish = (tell: () => void): void => {
    if (over) return;
    over = true;
    forget();
    connection.safely('INVITE', tell);
  };
  const forget =
    socket === undefined ? () => {} : connection.onLost(socket, () => finish(() => listener.failed(null, 'control connection lost')));

  const cancel = (headers: SipHeaders): void =>
    // The server holds the CANCEL until a 1xx came (RFC 3261 §9.1).
    connection.safely('CANCEL', () => request?.cancel({ headers: toSrf({ headers }).headers }, () => {}));

  const answered = (sent: SrfRequest, response: SrfResponse, acknowledge: SrfAcknowledge): void => {
    const ack = (content: MessageContent = {}): void => connection.safely('ACK', () => acknowledge(toSrf(content)));
    const id = response.stackDialogId;
    if (id === undefined || id === '') {
      finish(() => listener.failed(null, 'an answer without dialog'));
      return;
    }
    const tags = { local: tagOf(fieldOf(sent, 'from')), remote: tagOf(replyOf(response).header('to')) };
    const dialog = new SrfDialog(connection, sent.socket, id, { callId: fieldOf(sent, 'call-id') ?? '', tags });
    if (!over) {
      finish(() => listener.answered(replyOf(response), dialog, ack));
      return;
    }
    // The answer crossed our giving up: somebody picked up a call that is no more.
    ack();
    void dialog.bye();
  };

  const respond = (sent: SrfRequest, response: SrfResponse, acknowledge: SrfAcknowledge): void => {
    if (response.status >= 200) connection.early.delete(dialogIdOf(sent));
    if (response.status >= 300) {
      finish(() => listener.failed(replyOf(response), 'refused'));
      return;
    }
    if (response.status >= 200) {
      answered(sent, response, acknowledge);
      return;
    }
    if (response.has('RSeq')) connection.safely('PRACK', () => acknowledge());
    if (!over) connection.safely('provisional', () => listener.provisional(replyOf(response)));
  };

  const follow = (sent: SrfRequest): void => {
    request = sent;
    connection.early.add(dialogIdOf(sent));
    sent.on('update', (_request, response) => connection.safely('update', () => response.send(491, { headers: {} })));
    sent.on('response', (response, acknowledge) => respond(sent, response, acknowledge));
    if (over) {
      cancel(abandonedWith ?? {});
      return;
    }
    listener.sent(fieldOf(sent, 'call-id') ?? '');
  };

  connection.send(
    socket,
    { method: 'INVITE', uri: invite.uri, proxy: invite.nextHop, ...toSrf(invite) },
    (error, sent) => (sent === undefined ? finish(() => listener.failed(null, String(error))) : follow(sent)),
    follow,
  );

  return {
    abandon(headers = {}) {
      if (over) return;
      over = true;
      forget();
      abandonedWith = headers;
      cancel(headers);
    },
  };
}
