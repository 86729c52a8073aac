import { err, ok, type Result } from '../kit/result.ts';
import type { EndpointUse } from './endpoint-route.ts';
import type { Mode, Target } from './records.ts';
import type { RequestRefusal } from './request-refusal.ts';
import { invalidBody } from './request-refusal.ts';

/** Where inbound calls of numbers go: one or more SIP targets, or a route; and how the owner described them. */
export interface Endpoint extends EndpointUse {
  readonly id: string;
  readonly accountId: string;
  readonly mode: Mode;
  readonly name: string;
  readonly type: string;
  readonly url: string | null;
  readonly providerConfig: Readonly<Record<string, unknown>>;
  readonly status: 'active' | 'inactive';
  /** Empty where there is a route. */
  readonly targets: readonly Target[];
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

const SIP_URI_MAX = 255;

/** A SIP URI we may dial: scheme, optional user, host, optional port and parameters; no headers, no control characters. */
export function isSipUri(text: string): boolean {
  if (text.length > SIP_URI_MAX || !/^sips?:/i.test(text)) return false;
  const rest = text.slice(text.indexOf(':') + 1);
  const at = rest.lastIndexOf('@');
  const user = at < 0 ? '' : rest.slice(0, at);
  const [hostPort = '', ...params] = rest.slice(at + 1).split(';');
  return (
    (at < 0 || /^[A-Za-z0-9\-_.!~*'()&=+$,;?/%:#]{1,128}$/.test(user)) &&
    /^(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]{1,253})(:[0-9]{1,5})?$/.test(hostPort) &&
    Number(hostPort.match(/:([0-9]+)$/)?.[1] ?? 5060) <= 65535 &&
    params.every((param) => /^[A-Za-z0-9\-_.!~*'()[\]/:&+$%=]{1,64}$/.test(param))
  );
}

/** What legs are sent by; WebSockets are opened by phones, never towards them (RFC 7118 §3). */
const TRANSPORTS: readonly string[] = ['udp', 'tcp', 'tls'];

/** True for a SIP URI that names no transport but one we send by: `wss`, or a slip of `tls`, would go out in the clear by UDP. */
export function isTargetUri(text: string): boolean {
  if (!isSipUri(text)) return false;
  const [, ...params] = text.slice(text.lastIndexOf('@') + 1).split(';');
  return params.every((param) => {
    const [name = '', value = ''] = param.toLowerCase().split('=', 2);
    return name !== 'transport' || TRANSPORTS.includes(value);
  });
}

/** What is said of a target that is none. */
export const TARGET_URI_RULE = 'Must be a SIP URI such as sip:pbx@203.0.113.7:5060; transport is udp, tcp or tls.';

/** Turns type, url and provider_config into targets (decision B9); a type that nothing can ring is refused. */
export function targetsOf(
  type: string,
  url: string | null,
  providerConfig: Readonly<Record<string, unknown>>,
): Result<readonly Target[], RequestRefusal> {
  const one = (uri: string): readonly Target[] => [{ uri, priority: 10, weight: 1 }];
  const configured = providerConfig['sip_uri'] ?? (type === 'livekit' ? providerConfig['livekit_sip_uri'] : undefined);
  if (type === 'custom_sip' || type === 'direct_sip') {
    if (url === null) return err(invalidBody(['url'], 'A SIP URI is needed for this type.', 'missing'));
    return isTargetUri(url) ? ok(one(url)) : err(invalidBody(['url'], TARGET_URI_RULE));
  }
  if (configured === undefined) return err({ kind: 'endpoint_type_not_supported', type });
  if (typeof configured !== 'string' || !isTargetUri(configured)) {
    return err(invalidBody(['provider_config', type === 'livekit' ? 'livekit_sip_uri' : 'sip_uri'], TARGET_URI_RULE));
  }
  return ok(one(configured));
}
