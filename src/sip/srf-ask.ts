import type { OutgoingRequest, ReceivedReply } from './sip-stack.ts';
import type { SrfConnection } from './srf-connection.ts';
import { replyOf } from './srf-received.ts';
import { toSrf } from './srf-text.ts';

/** Sends one request outside of calls and waits for its final answer; null: there was none in time, or nothing could be sent. */
export function askServer(connection: SrfConnection, request: OutgoingRequest, deadlineMs: number): Promise<ReceivedReply | null> {
  const { method, uri, nextHop, headers } = request;
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(null), deadlineMs);
    timer.unref();
    const settle = (reply: ReceivedReply | null): void => {
      clearTimeout(timer);
      resolve(reply);
    };
    connection.send(connection.socket, { method, uri, proxy: nextHop, ...toSrf({ headers }) }, (error, sent) => {
      if (sent === undefined) {
        connection.log.debug('a request could not be sent', { method, error: String(error) });
        settle(null);
        return;
      }
      sent.on('response', (response) => {
        if (response.status >= 200) settle(replyOf(response));
      });
    });
  });
}
