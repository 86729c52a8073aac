import { type AddressInfo, createServer, type Server } from 'node:net';
import { newSecret } from '../../kit/ids.ts';
import type { EngineLimits } from '../settings.ts';
import { type Command, ControlConnection, type ControlEvents } from './control-connection.ts';

/** Where applications connect. */
export interface ControlServer {
  readonly host: string;
  readonly port: number;
  readonly applications: number;
  stop(): Promise<void>;
}

/** What the control server needs. */
export interface ControlDeps {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  readonly limits: EngineLimits;
  /** `hostports|version|localHostports`, told to each application that authenticates. */
  hello(): string;
  command(connection: ControlConnection, command: Command): boolean;
  joined(connection: ControlConnection): void;
  left(connection: ControlConnection): void;
  drop(reason: string): void;
  /** A command threw: its application has been told NOK. */
  fault(error: unknown): void;
}

/** Listens for applications; rejects when the address cannot be bound. */
export async function startControlServer(deps: ControlDeps): Promise<ControlServer> {
  const connections = new Set<ControlConnection>();
  const events: ControlEvents = {
    authenticated: (connection) => deps.joined(connection),
    command: (connection, command) => {
      // Whatever an application sends, and whatever a peer made it send, the engine goes on.
      try {
        return deps.command(connection, command);
      } catch (error) {
        deps.drop('internal_error');
        deps.fault(error);
        connection.reply(command.messageId, 'NOK|internal error');
        return true;
      }
    },
    drop: (reason) => deps.drop(reason),
    closed: (connection) => {
      connections.delete(connection);
      if (connection.authenticated) deps.left(connection);
    },
  };
  const server = createServer((socket) => {
    if (connections.size >= deps.limits.applicationsMax) {
      deps.drop('application_limit');
      socket.destroy();
      return;
    }
    connections.add(new ControlConnection(newSecret(6), socket, deps.limits, deps.secret, deps.hello, events));
  });
  await listen(server, deps.host, deps.port);
  return {
    host: deps.host,
    port: (server.address() as AddressInfo).port,
    get applications() {
      return [...connections].filter((connection) => connection.authenticated).length;
    },
    stop: () =>
      new Promise<void>((done) => {
        server.close(() => done());
        for (const connection of connections) connection.destroy();
      }),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      server.on('error', () => {});
      resolve();
    });
  });
}
