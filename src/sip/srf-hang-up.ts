import type { SrfConnection } from './srf-connection.ts';

/**
 * Ends a dialog of another application, which is gone: the server takes a BYE by dialog id from whoever sends it (measured on 0.9.10,
 * decision C9). `ended`: it is on its way, and the server repeats it; `unknown`: there is no such dialog, or its application is there.
 */
export function hangUpForeign(connection: SrfConnection, dialogId: string): Promise<'ended' | 'unknown' | 'away'> {
  const { socket } = connection;
  if (socket === undefined) return Promise.resolve('away');
  return new Promise((resolve) => {
    const headers = { Reason: 'SIP;cause=200;text="Call ended by the platform"' };
    connection.send(socket, { method: 'BYE', stackDialogId: dialogId, headers }, (_error, sent) => {
      if (sent !== undefined) resolve('ended');
      else resolve(socket.destroyed ? 'away' : 'unknown');
    });
  });
}

/**
 * Whether the server has a dialog of this application, learnt by an OPTIONS in it (RFC 3261 §11): what the peer says to it does not
 * matter here.
 */
export function probeDialog(connection: SrfConnection, dialogId: string): Promise<'there' | 'gone' | 'away'> {
  const { socket } = connection;
  if (socket === undefined) return Promise.resolve('away');
  return new Promise((resolve) => {
    connection.send(socket, { method: 'OPTIONS', stackDialogId: dialogId, headers: {} }, (error, sent) => {
      if (sent !== undefined) resolve('there');
      else resolve((error as { code?: unknown } | null)?.code === 'ENODIALOG' ? 'gone' : 'away');
    });
  });
}
