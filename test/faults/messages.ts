import type { Fault } from './fault-runtime.ts';
import type { Answered, Request } from './operations.ts';

/** To a child of the api's use cases: one request, armed or recorded. */
export interface Order {
  readonly request: Request;
  /** null: nothing strikes; the points reached are told. */
  readonly fault: Fault | null;
}

/** From a child. */
export type Word =
  | { readonly type: 'ready' }
  | { readonly type: 'hit' }
  | { readonly type: 'answered'; readonly answered: Answered }
  | { readonly type: 'failed'; readonly error: string }
  /** Everything the request set going has come to rest. */
  | { readonly type: 'quiet'; readonly reached: readonly string[] };

/** To a child that is an agent: where it belongs (`open`), and, once it is there, what strikes (null: points are recorded). */
export type AgentOrder =
  | {
      readonly type: 'open';
      readonly control: { readonly host: string; readonly port: number };
      readonly redisUrl: string;
      readonly journals: string;
    }
  | { readonly type: 'go'; readonly fault: Fault | null }
  | { readonly type: 'tell' };

/** From an agent. */
export type AgentWord =
  | { readonly type: 'ready' }
  | { readonly type: 'open'; readonly agentId: string }
  | { readonly type: 'armed' }
  | { readonly type: 'hit' }
  | { readonly type: 'reached'; readonly reached: readonly string[] };
