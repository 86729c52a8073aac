/** A request to an address that a tenant wrote. */
export interface OutboundRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Name lookup, connection, TLS and answer together, ms. */
  readonly deadlineMs: number;
  /** What is read of the answer's body. */
  readonly bytesMax: number;
}

/** Why there was no answer. */
export type OutboundFailure =
  | 'url_forbidden'
  | 'target_forbidden'
  | 'name_unknown'
  | 'connection_failed'
  | 'tls_failed'
  | 'timeout'
  | 'answer_unreadable';

export type OutboundAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** Names in lower case, as they came. */
      readonly headers: readonly (readonly [string, string])[];
      readonly body: Buffer;
      /** False: the body went on beyond `bytesMax`. */
      readonly isWhole: boolean;
    }
  | { readonly kind: 'failed'; readonly code: OutboundFailure };

/** The one way out to addresses that tenants wrote; what may not be reached is not reached, redirects are answers like any other. */
export interface OutboundHttp {
  send(request: OutboundRequest): Promise<OutboundAnswer>;
}
