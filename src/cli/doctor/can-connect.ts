import { connect } from 'node:net';

/** Resolves when a TCP connection is taken; throws why not. */
export function canConnect(host: string, port: number, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const end = (error?: Error): void => {
      socket.destroy();
      if (error === undefined) resolve();
      else reject(error);
    };
    socket.setTimeout(timeoutMs, () => end(new Error(`${host}:${port} does not answer within ${timeoutMs} ms`)));
    socket.once('connect', () => end());
    socket.once('error', end);
  });
}
