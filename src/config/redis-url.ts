import { urlWith } from './setting.ts';

const SENTINEL = 'redis+sentinel://';
const isPlain = urlWith('redis', 'rediss');

/** Whether a text is `redis://`, `rediss://` or `redis+sentinel://[user:password@]host[:port][,host…]/name[/db]` (decision C18). */
export function isRedisUrl(value: string): boolean {
  if (!value.startsWith(SENTINEL)) return isPlain(value);
  // Several hosts with ports are no URL: each is judged by itself.
  const rest = value.slice(SENTINEL.length);
  const [hosts = '', name = '', db = '0', ...more] = rest.slice(rest.lastIndexOf('@') + 1).split('/');
  return name !== '' && more.length === 0 && /^[0-9]{1,4}$/.test(db) && hosts.split(',').every(isHostPort);
}

const isHostPort = (text: string): boolean => text !== '' && !/[?#]/.test(text) && URL.canParse(`http://${text}`);
