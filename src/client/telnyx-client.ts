// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.

import { type ClientOptions, createSend } from './send.ts';
import { phoneNumberOrdersApi } from './telnyx/phone-number-orders.ts';

/** Every operation of the telnyx face, by resource. */
export function telnyxClient(options: ClientOptions) {
  const send = createSend(options);
  return {
    phoneNumberOrders: phoneNumberOrdersApi(send),
  };
}

/** What `telnyxClient` returns. */
export type TelnyxClient = ReturnType<typeof telnyxClient>;
