import type { SrfConnection } from './srf-connection.ts';

/** How our own engine names itself in place of a drachtio-server, which cuts off whoever sends what it does not know. */
const OWN_ENGINE = /-embedded$/;

/** True for a server that knows the commands of this file. */
export const isOwnEngine = (version: string | undefined): boolean => version !== undefined && OWN_ENGINE.test(version);

/** A frame has a length of at most five digits; a line of an IPv6 address and a time is shorter than 50 bytes. */
const BANS_PER_FRAME = 1500;

/** Sends a command of our engine's own; resolves with what came behind its OK, or null: refused, lost, or late. */
function ask(connection: SrfConnection, command: string): Promise<string | null> {
  const { socket } = connection;
  const pending = socket === undefined ? undefined : connection.srf.app.client.mapServer.get(socket)?.pendingRequests;
  if (socket === undefined || pending === undefined) return Promise.resolve(null);
  return new Promise((resolve) => {
    let id = '';
    const settle = (answer: string | null): void => {
      clearTimeout(timer);
      forget();
      pending.delete(id);
      resolve(answer);
    };
    const forget = connection.onLost(socket, () => settle(null));
    const timer = setTimeout(() => settle(null), connection.deadlines.commandMs);
    timer.unref();
    connection.safely(command, () => {
      id = connection.srf.app.client.wp.send(socket, command);
      pending.set(id, (tokens, body) => settle(tokens[0] === 'OK' ? (body ?? '') : null));
    });
    if (id === '') settle(null);
  });
}

/** What the engine has of the messages of these Call-IDs, as JSON; null: it keeps none, or cannot be asked. */
export const askTrace = (connection: SrfConnection, sipCallIds: readonly string[]): Promise<string | null> =>
  ask(connection, `trace\r\n${sipCallIds.join('\r\n')}`);

/** Tells the engine whom not to answer, in place of what it was told before; false: it did not confirm all of it. */
export async function tellBans(
  connection: SrfConnection,
  bans: readonly { readonly address: string; readonly remainingMs: number }[],
): Promise<boolean> {
  for (let at = 0; at === 0 || at < bans.length; at += BANS_PER_FRAME) {
    const lines = bans.slice(at, at + BANS_PER_FRAME).map(({ address, remainingMs }) => `${address} ${remainingMs}`);
    if ((await ask(connection, `bans|${at === 0 ? 'all' : 'more'}\r\n${lines.join('\r\n')}`)) === null) return false;
  }
  return true;
}
