/** One step of a scenario as sipp counted it. */
export interface SippStep {
  /** The method or status code. */
  readonly message: string;
  readonly direction: 'sent' | 'received';
  readonly count: number;
  readonly retransmissions: number;
  readonly timeouts: number;
  readonly unexpected: number;
}

/** Totals of one run. */
export interface SippTotals {
  readonly created: number;
  readonly successful: number;
  readonly failed: number;
  readonly retransmissions: number;
  readonly unexpectedMessages: number;
  readonly elapsedSeconds: number;
}

const lastRow = (csv: string): ReadonlyMap<string, string> => {
  const rows = csv.split('\n').filter((row) => row.includes(';'));
  const names = rows[0]?.split(';') ?? [];
  const values = rows.length > 1 ? (rows.at(-1)?.split(';') ?? []) : [];
  return new Map(names.map((name, at) => [name, values[at] ?? '']));
};

/** Reads the cumulative totals from the text of `-trace_stat`; zeros when sipp wrote none. */
export function parseTotals(csv: string): SippTotals {
  const row = lastRow(csv);
  const count = (name: string): number => Number(row.get(`${name}(C)`) || 0);
  const [hours = 0, minutes = 0, seconds = 0] = (row.get('ElapsedTime(C)') ?? '').split(':').map(Number);
  return {
    created: Number(row.get('TotalCallCreated') || 0),
    successful: count('SuccessfulCall'),
    failed: count('FailedCall'),
    retransmissions: count('Retransmissions'),
    unexpectedMessages: count('FailedUnexpectedMessage'),
    elapsedSeconds: hours * 3600 + minutes * 60 + seconds,
  };
}

/** Reads the counts per step from the text of `-trace_counts`. */
export function parseSteps(csv: string): SippStep[] {
  const row = lastRow(csv);
  const steps = new Map<string, SippStep>();
  for (const [name, value] of row) {
    const column = /^(\d+)_([A-Z]+|\d{3})_(Sent|Recv|Retrans|Timeout|Unexp)$/.exec(name);
    if (column === null) continue;
    const [, index = '', message = '', kind = ''] = column;
    const step = steps.get(index) ?? { message, direction: 'received', count: 0, retransmissions: 0, timeouts: 0, unexpected: 0 };
    steps.set(index, { ...step, ...counted(kind, Number(value)) });
  }
  return [...steps.values()];
}

function counted(kind: string, count: number): Partial<SippStep> {
  if (kind === 'Sent') return { direction: 'sent', count };
  if (kind === 'Recv') return { direction: 'received', count };
  if (kind === 'Retrans') return { retransmissions: count };
  return kind === 'Timeout' ? { timeouts: count } : { unexpected: count };
}

/** Reads the times in ms of the first distribution from the text of `-trace_rtt`. */
export function parseSetupTimes(csv: string): number[] {
  return csv.split('\n').flatMap((row) => {
    const [, took, distribution] = row.split(';');
    return took !== undefined && /^\d/.test(took) && distribution?.trim() === '1' ? [Number(took)] : [];
  });
}

/** The entries of sipp's error file, each without its time. */
export function parseErrors(text: string): string[] {
  const [, ...entries] = text.split(/'?\d{4}-\d\d-\d\d\t\d\d:\d\d:\d\d\.\d+\t\d+\.\d+: /);
  return entries.map((entry) => entry.trim());
}

/**
 * RFC 3261 §17.1.2.2, §17.2.1: a BYE is sent again until it is answered, a final answer until it is acknowledged, and each copy may be
 * answered. The call is over by then, and well.
 */
const REPEATED = /^Dead call \S+ \(successful\), received '(?:SIP\/2\.0 [2-6]\d\d|BYE|ACK) /;

/** Whether an error is none: the end of a call that is over already, heard once more on a slow machine. */
export const isRepeatedEnd = (error: string): boolean => REPEATED.test(error);

/** What sipp has to complain of, ends heard twice left out. */
export const complaintsOf = ({ errors }: { readonly errors: string }): string[] =>
  parseErrors(errors).filter((error) => !isRepeatedEnd(error));
