import type { Redis } from 'ioredis';
import type { FlowKeeper, KeptFlow } from '../app/ports/bindings.ts';
import { readSource } from './binding-codec.ts';
import { DUE_FLOWS, KEEP_FLOW } from './bindings-script.ts';
import { keys, remoteId } from './keys.ts';
import { runScript } from './script.ts';
import { BadValue, lineText, listOf, parseMembers } from './strict-json.ts';

const FLOWS_MAX = 1000;
const CONTACT_MAX = 255;

/** Builds the keeper of flows: one flow an address, however many contacts are behind it. It needs no leader: a flow is given out once. */
export function createFlowKeeper(redis: Redis): FlowKeeper {
  const both = (server: string): string[] => [keys.flowTimes(server), keys.flows(server)];
  return {
    async keep(server, { contact, source }, untilMs) {
      const { ip, port, transport } = source;
      const json = JSON.stringify({ c: contact, f: [ip, port, transport] });
      await runScript(redis, KEEP_FLOW, both(server), [remoteId(`${transport} ${ip} ${port}`), Math.max(0, Math.round(untilMs)), json]);
    },
    async due(server, everyMs, countMax) {
      const found = await runScript(redis, DUE_FLOWS, both(server), [everyMs, Math.min(countMax, FLOWS_MAX)]);
      return listOf(found, FLOWS_MAX, 'flows').flatMap((text) => flowOf(text) ?? []);
    },
  };
}

function flowOf(text: unknown): KeptFlow | null {
  try {
    const body = parseMembers(String(text));
    return { contact: lineText(body.c, CONTACT_MAX, 'contact'), source: readSource(body.f) };
  } catch (error) {
    if (error instanceof BadValue) return null;
    throw error;
  }
}
