import type { Redis } from 'ioredis';
import type { FlowKeeper, KeptFlow } from '../app/ports/bindings.ts';
import { packSource, readSource } from './binding-codec.ts';
import { DUE_FLOWS, KEEP_FLOWS } from './bindings-script.ts';
import { keys, remoteId } from './keys.ts';
import { runScript } from './script.ts';
import { BadValue, lineText, listOf, parseMembers } from './strict-json.ts';

const FLOWS_MAX = 1000;
const CONTACT_MAX = 255;

// A list holds those of one login more than asked for.
const FLOWS_READ_MAX = 2 * FLOWS_MAX;

/**
 * Builds the keeper of flows. A flow is its login's: who may have so many contacts has no more flows, and logins behind one address do
 * not end each other's. It needs no leader: a flow is given out once.
 */
export function createFlowKeeper(redis: Redis): FlowKeeper {
  const both = (server: string): string[] => [keys.flowTimes(server), keys.flows(server)];
  return {
    async keep(server, credential, flows) {
      const args = flows.flatMap(({ contact, source, remainingMs }) => {
        return [Math.max(1, Math.round(remainingMs)), JSON.stringify({ c: contact, f: packSource(source) })];
      });
      await runScript(redis, KEEP_FLOWS, both(server), [remoteId(credential), ...args]);
    },
    async due(server, everyMs, countMax) {
      const found = await runScript(redis, DUE_FLOWS, both(server), [everyMs, Math.min(countMax, FLOWS_MAX)]);
      return listOf(found, FLOWS_READ_MAX, 'flows').flatMap((text) => flowOf(text) ?? []);
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
