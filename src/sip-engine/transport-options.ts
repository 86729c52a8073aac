import type { EngineOptions } from './engine.ts';
import { type ListenAddress, parseListenAddress } from './transport/listen-address.ts';
import type { TransportSettings } from './transport/transport-layer.ts';

const PORT = 5060;

/** Where and how an engine listens; throws with a sentence for whoever wrote the options. */
export function transportSettings(options: EngineOptions): TransportSettings {
  const { localNetworks, tls, wsOrigins } = options;
  return { listen: listenAddresses(options), localNetworks, tls, wsOrigins };
}

/** Without a list: TCP and UDP of one host and port, in the order drachtio-server names them. */
function listenAddresses({ listen, sipHost = '127.0.0.1', sipPort = PORT, externalAddress }: EngineOptions): ListenAddress[] {
  const outside = externalAddress === undefined ? undefined : { host: externalAddress, port: undefined };
  if (listen === undefined || listen.length === 0) {
    return (['tcp', 'udp'] as const).map((protocol) => ({ protocol, host: sipHost, port: sipPort, external: outside }));
  }
  return listen.map((text) => {
    const read = parseListenAddress(text);
    if (!read.ok) throw new Error(read.error);
    return { ...read.value, external: read.value.external ?? externalOf(read.value, outside) };
  });
}

// An address of one family is no help to peers of the other.
function externalOf({ host }: ListenAddress, outside: ListenAddress['external']): ListenAddress['external'] {
  if (outside === undefined) return undefined;
  const numericV6 = outside.host.includes(':');
  const numericV4 = /^[0-9.]+$/.test(outside.host);
  if (host.includes(':')) return numericV4 ? undefined : outside;
  return numericV6 ? undefined : outside;
}
