// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.

import { callsApi } from './kros/calls.ts';
import { endpointsApi } from './kros/endpoints.ts';
import { phoneNumbersApi } from './kros/phone-numbers.ts';
import { webhooksApi } from './kros/webhooks.ts';
import { type ClientOptions, createSend } from './send.ts';

/** Every operation of the kros face, by resource. */
export function krosClient(options: ClientOptions) {
  const send = createSend(options);
  return {
    phoneNumbers: phoneNumbersApi(send),
    endpoints: endpointsApi(send),
    webhooks: webhooksApi(send),
    calls: callsApi(send),
  };
}

/** What `krosClient` returns. */
export type KrosClient = ReturnType<typeof krosClient>;
