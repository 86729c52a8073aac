import { parsePort } from '../domain/ip-address.ts';

/** Reads `443` or `8000-8999`, inclusive; undefined for anything else. */
export function parsePortRange(text: string): { readonly from: number; readonly to: number } | undefined {
  const [first = '', last = first, more] = text.split('-');
  const [from, to] = [parsePort(first), parsePort(last)];
  return more !== undefined || from === null || to === null || from > to ? undefined : { from, to };
}
