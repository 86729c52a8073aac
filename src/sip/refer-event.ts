import type { ReceivedRequest } from './sip-stack.ts';

/** The event package of a REFER's reports: from the second one of a dialog on they must say which it is (RFC 3515 §2.4.6). */
export function eventFor(request: ReceivedRequest, refers: number): string {
  const cseq = Number.parseInt(request.header('CSeq') ?? '', 10);
  return refers === 1 || Number.isNaN(cseq) ? 'refer' : `refer;id=${cseq}`;
}
