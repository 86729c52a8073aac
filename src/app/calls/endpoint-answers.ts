import {
  readWebhookAnswer,
  WEBHOOK_ANSWER_BYTES_MAX,
  type WebhookFact,
  type WebhookQuestion,
  type WebhookWord,
} from '../../domain/webhook-answer.ts';
import type { Logger } from '../../kit/log.ts';
import { endpointSecretContext } from '../endpoints/endpoint-secret.ts';
import type { CallMetrics } from '../ports/metrics.ts';
import type { OutboundAnswer, OutboundHttp } from '../ports/outbound-http.ts';
import { standardHeaders } from '../webhooks/standard-form.ts';

export interface EndpointAnswersDeps {
  readonly http: OutboundHttp;
  readonly unseal: (sealed: string, context: string) => string;
  /** The receivers' time in ms: signatures are judged by it, whatever the product clock says. */
  readonly wallMs: () => number;
  /** Runs evenly. */
  readonly nowMs: () => number;
  readonly metrics: Pick<CallMetrics, 'endpointWebhook'>;
  readonly log: Logger;
  readonly bounds?: EndpointAnswersBounds;
}

export interface EndpointAnswersBounds {
  /** Questions to one endpoint, of one account with its sub-accounts, and of all, that wait for an answer. */
  readonly perEndpointMax: number;
  readonly perAccountMax: number;
  readonly totalMax: number;
  /** Answers that are kept. */
  readonly entriesMax: number;
}

// A receiver that takes a second and a half and gets thirty calls a second has 45 questions open. One account's silent servers take a part.
const BOUNDS: EndpointAnswersBounds = { perEndpointMax: 50, perAccountMax: 150, totalMax: 500, entriesMax: 10_000 };
const HEADERS = { 'content-type': 'application/json; charset=utf-8', accept: 'application/json', 'user-agent': 'Dialplane-Webhooks/1' };
const OK = 200;

/** The call a question is about. */
export interface AskingCall {
  readonly callId: string;
  readonly at: number;
}

/** Asks the webhooks of endpoints where a call shall go, and remembers the last good answer of each for when there is none. */
export class EndpointAnswers {
  readonly #deps: EndpointAnswersDeps;
  readonly #bounds: EndpointAnswersBounds;
  /** Oldest use first. */
  readonly #kept = new Map<string, { readonly word: WebhookWord; readonly at: number }>();
  /** Questions that wait, by endpoint and by account. */
  readonly #open = new Map<string, number>();
  #openTotal = 0;

  constructor(deps: EndpointAnswersDeps) {
    this.#deps = deps;
    this.#bounds = deps.bounds ?? BOUNDS;
  }

  /** The answer, or the last good one, or why there is neither; resolves by the question's deadline, and never rejects. */
  async ask(question: WebhookQuestion, call: AskingCall): Promise<WebhookFact> {
    const { endpointId, called } = question;
    const startedAt = this.#deps.nowMs();
    if (this.#isBusy(question)) return this.#measured(this.last(question, 'busy'), startedAt);
    this.#count(question, 1);
    try {
      const word = await this.#send(question, call);
      if (typeof word === 'string') return this.#measured(this.last(question, word), startedAt);
      this.#keep(question, word);
      return this.#measured({ endpointId, called, result: 'answered', word }, startedAt);
    } finally {
      this.#count(question, -1);
    }
  }

  #isBusy({ endpointId, ownerAccountId }: WebhookQuestion): boolean {
    const { perEndpointMax, perAccountMax, totalMax } = this.#bounds;
    const openOf = (id: string): number => this.#open.get(id) ?? 0;
    return openOf(endpointId) >= perEndpointMax || openOf(ownerAccountId) >= perAccountMax || this.#openTotal >= totalMax;
  }

  #count({ endpointId, ownerAccountId }: WebhookQuestion, by: 1 | -1): void {
    this.#openTotal += by;
    for (const id of [endpointId, ownerAccountId]) {
      const open = (this.#open.get(id) ?? 0) + by;
      if (open > 0) this.#open.set(id, open);
      else this.#open.delete(id);
    }
  }

  /** What was answered last, while it may still be used; `why`: for what reason there is no answer now. */
  last(question: WebhookQuestion, why: string): WebhookFact {
    const { endpointId, called, cacheSeconds } = question;
    const kept = this.#kept.get(keyOf(question));
    const isFresh = kept !== undefined && this.#deps.nowMs() - kept.at <= cacheSeconds * 1000;
    return isFresh ? { endpointId, called, result: 'cached', why, word: kept.word } : { endpointId, called, result: 'failed', why };
  }

  /** The answer, or why there is none. */
  async #send(question: WebhookQuestion, call: AskingCall): Promise<WebhookWord | string> {
    const { url, timeoutMs: deadlineMs, secretSealed, endpointAccountId, endpointId } = question;
    const body = JSON.stringify(bodyOf(question, call));
    try {
      const secret = this.#deps.unseal(secretSealed, endpointSecretContext(endpointAccountId));
      const signed = standardHeaders(messageId(question, call), Math.floor(this.#deps.wallMs() / 1000), body, [secret]);
      const headers = { ...HEADERS, ...signed };
      const asked = { method: 'POST', url, headers, body, deadlineMs, bytesMax: WEBHOOK_ANSWER_BYTES_MAX } as const;
      return wordOf(await this.#deps.http.send(asked));
    } catch (error) {
      this.#deps.log.error('the webhook of an endpoint could not be asked', { endpointId, error: String(error) });
      return 'internal_error';
    }
  }

  #keep(question: WebhookQuestion, word: WebhookWord): void {
    const key = keyOf(question);
    this.#kept.delete(key);
    if (question.cacheSeconds === 0) return;
    this.#kept.set(key, { word, at: this.#deps.nowMs() });
    const [oldest] = this.#kept.size > this.#bounds.entriesMax ? this.#kept.keys() : [];
    if (oldest !== undefined) this.#kept.delete(oldest);
  }

  #measured(fact: WebhookFact, startedAt: number): WebhookFact {
    const outcome = fact.result === 'failed' ? (fact.why ?? fact.result) : fact.result;
    this.#deps.metrics.endpointWebhook(outcome, (this.#deps.nowMs() - startedAt) / 1000);
    return fact;
  }
}

// Whoever points an endpoint elsewhere does not want what the old place said.
/** One call may ask several times, also one webhook for several numbers: a receiver that forgets repeats must not take them for one. */
const messageId = ({ endpointId, called }: WebhookQuestion, { callId }: AskingCall): string =>
  `${callId}-${endpointId}-${called.replace('+', '')}`;

const keyOf = ({ endpointId, called, url }: WebhookQuestion): string => `${endpointId} ${called} ${url}`;

const bodyOf = ({ endpointId, accountId, called, caller, direction }: WebhookQuestion, { callId, at }: AskingCall) => ({
  type: 'call.route',
  timestamp: new Date(at).toISOString(),
  account_id: accountId,
  data: { call_id: callId, endpoint_id: endpointId, direction, from: caller, to: called },
});

function wordOf(answer: OutboundAnswer): WebhookWord | string {
  if (answer.kind === 'failed') return answer.code;
  if (answer.status >= 300 && answer.status < 400) return 'redirect';
  if (answer.status !== OK) return 'bad_status';
  if (!answer.isWhole) return 'too_large';
  return readWebhookAnswer(answer.body.toString('utf8')) ?? 'bad_answer';
}
