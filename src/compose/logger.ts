import { type DestinationStream, type LevelWithSilent, type LoggerOptions, pino } from 'pino';
import type { LogFields, Logger } from '../kit/log.ts';

const SECRET_KEYS = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'token',
  'key',
  'apiKey',
  'api_key',
  'adminApiKey',
  'admin_api_key',
  'authToken',
  'auth_token',
  'sealingKey',
  'sealing_key',
  'sealingKeyPrevious',
  'sealing_key_previous',
  'ha1',
  '["x-api-key"]',
  '["x-auth-token"]',
  '["proxy-authorization"]',
];

/** Every secret key at the top of a line and up to two objects deep. */
const PATHS = SECRET_KEYS.flatMap((key) => {
  const tail = key.startsWith('[') ? key : `.${key}`;
  return [key, `*${tail}`, `*.*${tail}`];
});

/** The program's log: JSON lines on standard output (or `destination`), secrets hidden by the name of their field. */
export function createLogger(
  level: LevelWithSilent,
  base: LogFields = {},
  destination: DestinationStream = pino.destination({ fd: 1, sync: true }),
): Logger {
  const options: LoggerOptions = {
    level,
    base: { ...base, pid: process.pid },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: PATHS, censor: '[redacted]' },
  };
  return adapt(pino(options, destination));
}

function adapt(log: pino.Logger): Logger {
  return {
    debug: (message, fields) => log.debug(fields ?? {}, message),
    info: (message, fields) => log.info(fields ?? {}, message),
    warn: (message, fields) => log.warn(fields ?? {}, message),
    error: (message, fields) => log.error(fields ?? {}, message),
    child: (fields) => adapt(log.child(fields)),
  };
}
