import type { Socket } from 'node:net';
import { checkServerIdentity, TLSSocket } from 'node:tls';

/** Whether the other end of a stream has shown a certificate we trust that is for this name or numeric address (RFC 5922 §7.1, §7.2). */
export function isCertifiedFor(socket: Socket, name: string): boolean {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return false;
  const certificate = socket.getPeerCertificate();
  return certificate.subject !== undefined && checkServerIdentity(name, certificate) === undefined;
}
