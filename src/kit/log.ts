/** Structured facts of one log line; never secrets. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where parts write what happened. The real one is pino, built in compose. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to each of its lines. */
  child(fields: LogFields): Logger;
}

/** Writes nothing. */
export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLogger,
};

/** JSON lines on standard output without a library, for processes that import only `kit` (the SIP engine). */
export function jsonLogger(level: 'debug' | 'info' | 'warn' | 'error', base: LogFields = {}): Logger {
  const order = ['debug', 'info', 'warn', 'error'] as const;
  const write =
    (at: (typeof order)[number]) =>
    (message: string, fields: LogFields = {}) => {
      if (order.indexOf(at) < order.indexOf(level)) return;
      process.stdout.write(`${JSON.stringify({ level: at, time: new Date().toISOString(), ...base, ...fields, msg: message })}\n`);
    };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => jsonLogger(level, { ...base, ...fields }),
  };
}
