import type { MessageParts } from './core.ts';
import { type Field, SipMessage } from './message.ts';

/** The parts of a request the party decides itself. */
export interface RequestParts extends MessageParts {
  readonly method: string;
  readonly uri: string;
  readonly via: string;
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  readonly cseq: number;
  readonly contact?: string | undefined;
  readonly routes?: readonly string[];
}

const reasons: Readonly<Record<number, string>> = {
  100: 'Trying',
  180: 'Ringing',
  183: 'Session Progress',
  200: 'OK',
  202: 'Accepted',
  302: 'Moved Temporarily',
  403: 'Forbidden',
  404: 'Not Found',
  407: 'Proxy Authentication Required',
  480: 'Temporarily Unavailable',
  481: 'Call/Transaction Does Not Exist',
  486: 'Busy Here',
  487: 'Request Terminated',
  488: 'Not Acceptable Here',
  491: 'Request Pending',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  603: 'Decline',
};

/** The methods the party understands, as its Allow header lists them. */
export const allowedMethods = 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, NOTIFY, REFER, MESSAGE';

/** Builds a request with the mandatory headers in the usual order; `headers` replace or remove any of them. */
export function buildRequest(parts: RequestParts): SipMessage {
  const fields: Field[] = [
    ['Via', parts.via],
    ...(parts.routes ?? []).map((route): Field => ['Route', route]),
    ['Max-Forwards', '70'],
    ['From', parts.from],
    ['To', parts.to],
    ['Call-ID', parts.callId],
    ['CSeq', `${parts.cseq} ${parts.method}`],
  ];
  if (parts.contact !== undefined) fields.push(['Contact', parts.contact]);
  fields.push(...bodyFields(parts));
  return new SipMessage(`${parts.method} ${parts.uri} SIP/2.0`, fields, parts.body ?? '').withHeaders(parts.headers ?? {});
}

/** The parts of a response beyond those copied from its request. */
export interface ResponseParts extends MessageParts {
  readonly status: number;
  readonly reason?: string | undefined;
  readonly toTag?: string;
  readonly contact?: string;
}

/** Builds a response by RFC 3261 §8.2.6.2; Record-Route is copied when it makes a dialog (§12.1.1). */
export function buildResponse(request: SipMessage, parts: ResponseParts): SipMessage {
  const to = request.header('To');
  const tagged = parts.toTag === undefined || /;\s*tag=/i.test(to) ? to : `${to};tag=${parts.toTag}`;
  const makesDialog = request.method === 'INVITE' && parts.status > 100 && parts.status < 300;
  const fields: Field[] = [
    ...request.list('Via').map((via): Field => ['Via', via]),
    ...(makesDialog ? request.list('Record-Route').map((route): Field => ['Record-Route', route]) : []),
    ['From', request.header('From')],
    ['To', parts.status === 100 ? to : tagged],
    ['Call-ID', request.callId],
    ['CSeq', request.header('CSeq')],
  ];
  if (parts.contact !== undefined) fields.push(['Contact', parts.contact]);
  fields.push(...bodyFields(parts));
  const reason = parts.reason ?? reasons[parts.status] ?? 'Unspecified';
  return new SipMessage(`SIP/2.0 ${parts.status} ${reason}`, fields, parts.body ?? '').withHeaders(parts.headers ?? {});
}

function bodyFields(parts: MessageParts): Field[] {
  return parts.body === undefined || parts.body === '' ? [] : [['Content-Type', parts.contentType ?? 'application/sdp']];
}
