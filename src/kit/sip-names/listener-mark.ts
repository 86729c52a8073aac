/** A `host:port` of ours as it may stand in a parameter of a URI, whoever reads it: no colons, no brackets. */
export const listenerMark = (hostPort: string): string => hostPort.toLowerCase().replaceAll(/[^a-z0-9.]/g, '-');
