/** One SIP server's control port. */
export interface DrachtioAddress {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
}

const PORT = 9022;

/**
 * Reads `drachtio://:secret@host:9022[,host2:9022]` (decision C18); a server without a secret of its own takes that of the one
 * before it, else `fallbackSecret`. Undefined when a part is malformed or no secret is known.
 */
export function parseDrachtioUrl(url: string, fallbackSecret: string | undefined): DrachtioAddress[] | undefined {
  if (!url.startsWith('drachtio://')) return undefined;
  let secret = fallbackSecret;
  const servers: DrachtioAddress[] = [];
  for (const part of url.slice('drachtio://'.length).split(',')) {
    // A scheme the URL parser treats as opaque would leave the host unjudged.
    if (part === '' || !URL.canParse(`http://${part}`)) return undefined;
    const parsed = new URL(`http://${part}`);
    if (parsed.hostname === '' || parsed.pathname !== '/' || parsed.search !== '' || parsed.hash !== '') return undefined;
    if (parsed.password !== '') secret = decodeURIComponent(parsed.password);
    if (secret === undefined) return undefined;
    servers.push({
      host: parsed.hostname.replace(/^\[|\]$/g, ''),
      port: parsed.port === '' ? defaultPort(part) : Number(parsed.port),
      secret,
    });
  }
  return servers;
}

/** `http` hides an explicit :80. */
const defaultPort = (part: string): number => (part.endsWith(':80') ? 80 : PORT);
