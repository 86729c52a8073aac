import { readAppMessage } from '../dialog/app-message.ts';
import type { Core } from '../dialog/core.ts';
import { dialogIdOf } from '../dialog/dialog.ts';
import { respond } from '../dialog/respond.ts';
import { cancelInvite } from '../dialog/send-cancel.ts';
import { sendInDialog } from '../dialog/send-in-dialog.ts';
import { sendRequest } from '../dialog/send-request.ts';
import type { Reply } from '../dialog/sent.ts';
import { isToken } from '../message/characters.ts';
import { bytesForApplication } from '../message/serialize-message.ts';
import { header, type SipRequest } from '../message/sip-message.ts';
import { readProxyOrder } from '../proxy/proxy-order.ts';
import { startProxy } from '../proxy/start-proxy.ts';
import type { Command, ControlConnection } from './control-connection.ts';
import { passedFrame, sentFrame } from './frame-text.ts';
import { type OperatorParts, runBans, runTrace } from './operator-commands.ts';
import type { RouteTable } from './route-table.ts';

/** Runs one command of an authenticated application; false when there is no such command. */
export function runCommand(core: Core, routes: RouteTable, operator: OperatorParts, app: ControlConnection, command: Command): boolean {
  const [verb, first = ''] = command.tokens;
  switch (verb) {
    case 'ping':
      app.reply(command.messageId, 'OK|pong');
      return true;
    case 'route':
      if (isRoutable(first) && routes.add(first, app)) app.reply(command.messageId, 'OK');
      else app.reply(command.messageId, 'NOK|invalid verb');
      return true;
    case 'remove_route':
      routes.remove(first.toLowerCase(), app);
      app.reply(command.messageId, 'OK');
      return true;
    case 'drain':
      core.draining = first !== 'off';
      app.reply(command.messageId, 'OK');
      return true;
    case 'sip':
      runSip(core, app, command);
      return true;
    case 'trace':
      runTrace(operator, app, command);
      return true;
    case 'bans':
      runBans(operator, app, command);
      return true;
    case 'proxy':
      runProxy(core, app, command);
      return true;
    default:
      return false;
  }
}

// `cdr:attempt` and its like are accepted and never sent.
const isRoutable = (verb: string): boolean => verb.length <= 32 && isToken(verb.replace(':', ''));

function runSip(core: Core, app: ControlConnection, { messageId, tokens, message }: Command): void {
  const [, txnId = '', dialogId = '', routeUri = ''] = tokens;
  const reply: Reply = (result) => {
    if (!result.ok) return app.reply(messageId, `NOK|${result.error}`);
    const { peer } = result.value;
    const { host, port } = core.localFor(peer);
    app.write(sentFrame(messageId, result.value, { address: host, port }, Date.now()));
  };
  const read = readAppMessage(message);
  if (!read.ok) {
    reply(read);
    return;
  }
  if (read.value.kind === 'response') {
    if (txnId === '') {
      app.reply(messageId, 'NO|transaction id missing');
      app.destroy();
      return;
    }
    respond(core, app, txnId, read.value, reply);
    return;
  }
  if (dialogId !== '') {
    sendInDialog(core, app, dialogId, read.value, reply);
    return;
  }
  if (txnId !== '') {
    if (read.value.method === 'CANCEL') {
      cancelInvite(core, app, txnId, read.value, reply);
      return;
    }
    app.reply(messageId, 'NOK|only CANCEL may name a transaction');
    return;
  }
  const known = dialogOfHeaders(core, read.value);
  if (known !== undefined) {
    sendInDialog(core, app, known, read.value, reply);
    return;
  }
  sendRequest(core, app, routeUri, read.value, reply);
}

function runProxy(core: Core, app: ControlConnection, { messageId, tokens, message }: Command): void {
  const [, txnId = '', ...rest] = tokens;
  const order = readProxyOrder(rest);
  const read = readAppMessage(message);
  if (!read.ok || read.value.kind !== 'request' || order.destinations.length === 0) {
    app.reply(messageId, 'NOK|invalid proxy command');
    return;
  }
  startProxy(core, app, txnId, order, read.value, {
    response: (view, from) => app.write(passedFrame(messageId, bytesForApplication(view.message), from, Date.now())),
    done: (result) => app.reply(messageId, result.ok ? `OK|${result.value}` : `NOK|${result.error}`),
  });
}

// drachtio-server takes a request with a live dialog's Call-ID as one inside it; here the From tag has to agree too.
function dialogOfHeaders(core: Core, message: SipRequest): string | undefined {
  const callId = header(message, 'call-id');
  const tag = callId === undefined ? undefined : /;[ \t]*tag[ \t]*=[ \t]*([^;> \t]+)/i.exec(header(message, 'from') ?? '')?.[1];
  if (callId === undefined || tag === undefined) return undefined;
  const id = dialogIdOf(callId, tag);
  return core.dialogs.get(id) === undefined ? undefined : id;
}
