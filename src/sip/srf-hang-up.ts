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
