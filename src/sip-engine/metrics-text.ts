import type { EngineCounters } from './counters.ts';

/** The engine's counters in Prometheus text format, with CPU time and memory of this process. */
export function metricsText(counters: EngineCounters): string {
  const lines: string[] = [];
  const family = (
    name: string,
    type: 'counter' | 'gauge',
    help: string,
    samples: readonly (readonly [labels: string, value: number])[],
  ): void => {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    for (const [labels, value] of samples) lines.push(`${name}${labels} ${value}`);
  };
  const gauge = (name: string, help: string, value: number): void => family(name, 'gauge', help, [['', value]]);
  family('dialplane_sip_messages_total', 'counter', 'SIP messages by direction, method and status.', messageSamples(counters));
  family('dialplane_sip_retransmissions_total', 'counter', 'SIP messages sent again.', [['', counters.retransmissions]]);
  family(
    'dialplane_sip_drops_total',
    'counter',
    'Messages, commands and requests not processed, by reason.',
    [...counters.drops].map(([reason, value]) => [`{reason="${reason}"}`, value]),
  );
  family('dialplane_sip_failovers_total', 'counter', 'Requests sent on to the next target of a name.', [['', counters.failovers]]);
  family(
    'dialplane_sip_connection_events_total',
    'counter',
    'Streams accepted, opened, refused and closed, by transport and reason.',
    [...counters.connectionEvents].map(([key, value]) => {
      const [transport, event] = key.split('|');
      return [`{transport="${transport}",event="${event}"}`, value];
    }),
  );
  family(
    'dialplane_sip_streams',
    'gauge',
    'Open SIP streams by transport.',
    [...counters.connectionsByProtocol].map(([transport, value]) => [`{transport="${transport}"}`, value]),
  );
  gauge('dialplane_sip_transactions', 'SIP transactions in the tables.', counters.transactions);
  gauge('dialplane_sip_dialogs', 'Dialogs, early ones included.', counters.dialogs);
  gauge('dialplane_sip_pending', 'Requests that wait for an answer of an application or of a peer.', counters.pending);
  gauge('dialplane_sip_connections', 'Open SIP streams.', counters.connections);
  gauge('dialplane_sip_applications', 'Authenticated control connections.', counters.applications);
  gauge('dialplane_sip_routes', 'Methods served, summed over applications.', counters.routes);
  gauge('dialplane_sip_timers', 'Timers that wait.', counters.timers);
  const cpu = process.cpuUsage();
  family('process_cpu_seconds_total', 'counter', 'CPU time of this process.', [['', (cpu.user + cpu.system) / 1e6]]);
  gauge('process_resident_memory_bytes', 'Resident memory of this process.', process.memoryUsage.rss());
  return `${lines.join('\n')}\n`;
}

function messageSamples(counters: EngineCounters): (readonly [string, number])[] {
  return [...counters.messages].map(([key, value]) => {
    const [direction, method, status] = key.split('|');
    return [`{direction="${direction}",method="${method}",status="${status}"}`, value];
  });
}
