import type { Binding } from '../domain/binding.ts';
import { hasOptionTag } from './option-tags.ts';
import type { ReceivedRequest } from './sip-stack.ts';

/** Seconds a binding has left, never less than there are: a phone that comes back early is no harm. */
const secondsLeft = ({ remainingMs }: Binding): number => Math.ceil(remainingMs / 1000);

const qText = (q: number): string => (q === 1000 ? '' : `;q=${q / 1000}`);

/** 200 with everything that is registered now and how long it lasts (RFC 3261 §10.3 step 8). `nowMs` is real time. */
export function confirmRegister(request: ReceivedRequest, bindings: readonly Binding[], nowMs: number): void {
  const contacts = bindings.map((binding) => `<${binding.contact}>;expires=${secondsLeft(binding)}${qText(binding.q)}`);
  const path = request.header('Path');
  request.reply(200, {
    headers: {
      ...(contacts.length === 0 ? {} : { Contact: contacts }),
      // RFC 3327 §5.3: only for a phone that knows what it is.
      ...(path !== undefined && path !== '' && hasOptionTag(request.header('Supported'), 'path') ? { Path: path } : {}),
      Date: new Date(nowMs).toUTCString(),
    },
  });
}
