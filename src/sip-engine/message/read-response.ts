import { err, ok, type Result } from '../../kit/result.ts';
import { formatNameAddr, type NameAddr, parseNameAddrs } from './name-addr.ts';
import { type CommonView, type Misfit, readCommon } from './read-request.ts';
import { screenHeaders } from './screen-headers.ts';
import type { SipResponse } from './sip-message.ts';
import { classifyUri } from './uri.ts';

/** A response that is fit for the layers above. */
export interface ResponseView extends CommonView {
  readonly message: SipResponse;
  /** First Contact that can be read. */
  readonly contact: NameAddr | undefined;
}

/** Reads a response; an unreadable one is an error and is dropped, an unreadable Contact is taken out of it. */
export function readResponse(message: SipResponse, fault: string | undefined): Result<ResponseView, Misfit> {
  if (fault !== undefined) return err({ status: 400, reason: fault });
  const common = readCommon(message);
  if (!common.ok) return common;
  screenHeaders(message);
  return ok({ message, ...common.value, contact: readContacts(message) });
}

// A Contact that drachtio-srf cannot parse crashes the application in its redirect handling: it never gets there.
function readContacts(message: SipResponse): NameAddr | undefined {
  let first: NameAddr | undefined;
  for (let i = message.headers.length - 1; i >= 0; i -= 1) {
    const line = message.headers[i];
    if (line === undefined || line.id !== 'contact') continue;
    const values = parseNameAddrs(line.value);
    if (values === undefined) {
      message.headers.splice(i, 1);
      message.raw = undefined;
      continue;
    }
    if (values[0] !== undefined && classifyUri(values[0].uri).kind === 'sip') first = values[0];
    if (values.some((value) => value.odd)) {
      line.value = values.map(formatNameAddr).join(', ');
      message.raw = undefined;
    }
  }
  return first;
}
