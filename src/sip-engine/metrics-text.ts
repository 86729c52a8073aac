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
  family(
    'dialplane_sip_messages_total',
    'counter',
    'SIP messages by direction, method and status.',
    samples(counters.messages, ['direction', 'method', 'status']),
  );
  family(
    'dialplane_sip_transport_messages_total',
    'counter',
    'SIP messages by direction, transport and class: request, or the first digit of the status.',
    samples(counters.messagesByTransport, ['direction', 'transport', 'class']),
  );
  family('dialplane_sip_retransmissions_total', 'counter', 'SIP messages sent again.', [['', counters.retransmissions]]);
  family('dialplane_sip_repeats_total', 'counter', 'Requests that came again.', [['', counters.repeats]]);
  family('dialplane_sip_timeouts_total', 'counter', 'Requests sent that got no answer in time.', [['', counters.timeouts]]);
  family(
    'dialplane_sip_transactions_total',
    'counter',
    'SIP transactions begun, by our side and kind.',
    samples(counters.transactionsBegun, ['side', 'kind']),
  );
  family('dialplane_sip_dialogs_total', 'counter', 'Dialogs begun, by our side.', samples(counters.dialogsBegun, ['side']));
  family(
    'dialplane_sip_drops_total',
    'counter',
    'Messages, commands and requests not processed, by reason.',
    samples(counters.drops, ['reason']),
  );
  family('dialplane_sip_failovers_total', 'counter', 'Requests sent on to the next target of a name.', [['', counters.failovers]]);
  family(
    'dialplane_sip_connection_events_total',
    'counter',
    'Streams accepted, opened, refused and closed, by transport and reason.',
    samples(counters.connectionEvents, ['transport', 'event']),
  );
  family('dialplane_sip_streams', 'gauge', 'Open SIP streams by transport.', samples(counters.connectionsByProtocol, ['transport']));
  gauge('dialplane_sip_transactions', 'SIP transactions in the tables.', counters.transactions);
  gauge('dialplane_sip_dialogs', 'Dialogs, early ones included.', counters.dialogs);
  gauge('dialplane_sip_pending', 'Requests that wait for an answer of an application or of a peer.', counters.pending);
  gauge('dialplane_sip_connections', 'Open SIP streams.', counters.connections);
  gauge('dialplane_sip_applications', 'Authenticated control connections.', counters.applications);
  gauge('dialplane_sip_routes', 'Methods served, summed over applications.', counters.routes);
  gauge('dialplane_sip_banned_sources', 'Sources that are not answered.', counters.bans);
  gauge('dialplane_sip_trace_messages', 'Messages of calls that are kept to be looked at.', counters.traced);
  family('dialplane_sip_trace_left_total', 'counter', 'Messages of calls beyond what is kept of one.', [['', counters.untraced]]);
  family('dialplane_sip_captured_total', 'counter', 'Messages told to a HEP collector.', [['', counters.captured]]);
  gauge('dialplane_sip_timers', 'Timers that wait.', counters.timers);
  const cpu = process.cpuUsage();
  family('process_cpu_seconds_total', 'counter', 'CPU time of this process.', [['', (cpu.user + cpu.system) / 1e6]]);
  gauge('process_resident_memory_bytes', 'Resident memory of this process.', process.memoryUsage.rss());
  return `${lines.join('\n')}\n`;
}

/** Samples of counts whose keys are label values joined by `|`. */
const samples = (counts: ReadonlyMap<string, number>, names: readonly string[]): (readonly [string, number])[] =>
  [...counts].map(([key, value]) => {
    const values = key.split('|');
    return [`{${names.map((name, at) => `${name}="${values[at] ?? ''}"`).join(',')}}`, value];
  });
