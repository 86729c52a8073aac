/** One SIP server's control port. */
export interface DrachtioAddress {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  /** What it is called wherever its control port may move to; absent: after its address. */
  readonly name?: string;
}

const PORT = 9022;
// It is part of keys and logs.
const NAME = /^[\w.-]{1,64}$/;

/**
 * Reads `drachtio://[name]:secret@host:9022[,host2:9022]` (decision C18); a server without a secret of its own takes that of the one
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
    if (secret === undefined || (parsed.username !== '' && !NAME.test(parsed.username))) return undefined;
    servers.push({
      host: parsed.hostname.replace(/^\[|\]$/g, ''),
      port: parsed.port === '' ? defaultPort(part) : Number(parsed.port),
      secret,
      ...(parsed.username === '' ? {} : { name: parsed.username }),
    });
  }
  return servers;
}

/** `http` hides an explicit :80. */
const defaultPort = (part: string): number => (part.endsWith(':80') ? 80 : PORT);
