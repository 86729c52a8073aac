/**
 * The SIP of an agent as the rest of `src/sip` sees it: requests that came in, INVITEs that go out, dialogs. Whether an embedded
 * engine or a drachtio-server is behind it, and all of drachtio-srf, is the business of the `srf-*` files alone.
 */
export type SipTransport = 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';

/** Header fields by name; values are whole field values, several for several fields of one name. */
export type SipHeaders = Readonly<Record<string, string | readonly string[]>>;

/** What a message carries besides its start line. */
export interface MessageContent {
  readonly headers?: SipHeaders;
  readonly body?: string;
  /** Default `application/sdp` where there is a body. */
  readonly contentType?: string;
}

/** A request that came in. */
export interface ReceivedRequest {
  readonly method: string;
  readonly uri: string;
  readonly callId: string;
  readonly sourceIp: string;
  readonly sourcePort: number;
  readonly transport: SipTransport;
  /** Our `host:port` it came to; undefined where the server does not tell. */
  readonly receivedOn: string | undefined;
  readonly body: string;
  /** The field's value, unfolded; several fields of one name are joined by commas. */
  header(name: string): string | undefined;
  /** Sends a response; never throws, and does nothing after a final one. */
  reply(status: number, content?: MessageContent): void;
  /** Whether a final response was sent, or the sender gave up. */
  readonly finished: boolean;
  /** Whether the control connection it came by is gone: nobody will ever hear an answer. */
  readonly lost: boolean;
  /** Calls back once when the sender cancels (at once if it already did). */
  onCancel(listener: () => void): void;
}

/** A new INVITE. */
export interface ReceivedInvite extends ReceivedRequest {
  /** Leaves it unanswered for good. */
  ignore(): void;
  /** The server it came through; its B legs leave through the same. */
  readonly server: SipServer;
  readonly canceled: boolean;
  /** Answers 200 and opens the dialog; rejects when the caller cancelled first, after a deadline, or with the control connection. */
  accept(content: MessageContent): Promise<SipDialog>;
}

/** A response that came in. */
export interface ReceivedReply {
  readonly status: number;
  readonly reason: string;
  readonly body: string;
  header(name: string): string | undefined;
}

/** A new INVITE to be sent. */
export interface OutgoingInvite extends MessageContent {
  readonly uri: string;
  /** Where to send it, as a SIP URI with a literal address. */
  readonly nextHop: string;
}

/** A request of our own that is no call: OPTIONS, REGISTER. */
export interface OutgoingRequest {
  readonly method: string;
  readonly uri: string;
  /** As in `OutgoingInvite`. */
  readonly nextHop: string;
  readonly headers: SipHeaders;
}

/** The header fields that answer the question a request was refused with, for a second try; null: there is no answer to it. */
export type Challenged = (refusal: ReceivedReply) => SipHeaders | null;

/** Follows one INVITE. After `answered` or `failed` nothing more is called. */
export interface InviteListener {
  /** It is on its way. */
  sent(sipCallId: string): void;
  provisional(reply: ReceivedReply): void;
  /** A 2xx: `acknowledge` must be called exactly once, with the answer to a late offer if there was one. */
  answered(reply: ReceivedReply, dialog: SipDialog, acknowledge: (content?: MessageContent) => void): void;
  /** A final refusal, or `null`: it could not be sent or the control connection is gone. */
  failed(reply: ReceivedReply | null, why: string): void;
}

export interface InviteHandle {
  /** Gives up: CANCEL, and whatever answer still comes is acknowledged and ended. The listener is not called any more. */
  abandon(headers?: SipHeaders): void;
}

/** The answer to a request inside a dialog; `acknowledge` is for a 2xx to an INVITE without SDP and must then be called. */
export interface DialogReply {
  readonly reply: ReceivedReply;
  readonly acknowledge: (content?: MessageContent) => void;
}

/** An ACK of a 2xx; `cseq` tells which INVITE it belongs to, because repeats of older ones may still arrive. */
export interface ReceivedAck {
  readonly cseq: number;
  readonly body: string;
  readonly contentType: string | undefined;
}

/** How a dialog ended: by the peer's BYE, by the server (no ACK came, session expired), or with the control connection. */
export type DialogEnd =
  | { readonly by: 'peer'; readonly reason: string | undefined }
  | { readonly by: 'server'; readonly reason: string | undefined }
  | { readonly by: 'lost' };

/** The tags of a dialog (RFC 3261 §12). */
export interface DialogTags {
  readonly local: string;
  readonly remote: string;
}

/** One confirmed dialog. */
export interface SipDialog {
  /** What the server knows it by. */
  readonly id: string;
  readonly callId: string;
  /** What both sides put behind its addresses; `local` is ours. */
  readonly tags: DialogTags;
  readonly open: boolean;
  /** Sends a request and waits for its final response; rejects after the deadline or when the connection is lost. */
  request(method: string, content: MessageContent, signal?: AbortSignal): Promise<DialogReply>;
  /** Hangs up; resolves when the BYE was answered, failed, or its deadline passed. It goes once more where `challenged` has an answer. */
  bye(headers?: SipHeaders, challenged?: Challenged): Promise<void>;
  /** Requests of the peer but BYE and ACK; those that came before are delivered now. */
  onRequest(listener: (request: ReceivedRequest) => void): void;
  /** ACKs of the peer. */
  onAck(listener: (ack: ReceivedAck) => void): void;
  /** Once, at once if it already ended; not called after `bye`. */
  onEnd(listener: (end: DialogEnd) => void): void;
}

/** One SIP server the agent works for. */
export interface SipServer {
  readonly name: string;
  readonly connected: boolean;
  /** `transport/host:port` as the server reports its sockets; empty while not connected. */
  readonly addresses: readonly string[];
  originate(invite: OutgoingInvite, listener: InviteListener): InviteHandle;
  /** Ends a dialog of an application that is gone (decision C9). `unknown`: there is none such; `away`: not connected. */
  hangUpForeign(dialogId: string): Promise<'ended' | 'unknown' | 'away'>;
  /** Whether the server still has a dialog of ours; `away`: not connected, or it does not say. */
  probe(dialogId: string): Promise<'there' | 'gone' | 'away'>;
  /** Sends a request of its own, outside of calls; null: no final answer within `deadlineMs`. Never rejects. */
  ask(request: OutgoingRequest, deadlineMs: number): Promise<ReceivedReply | null>;
  /** Sends an OPTIONS whose answer nobody waits for; never throws. */
  ping(uri: string, nextHop: string, headers: SipHeaders): void;
  /** Messages of these Call-IDs as the server kept them, as JSON; null: it keeps none, or cannot be asked. */
  trace(sipCallIds: readonly string[]): Promise<string | null>;
  /** Tells a server that can drop them early whom not to answer, in place of what it was told before; false: it may not have heard. */
  ban(bans: readonly { readonly address: string; readonly remainingMs: number }[]): Promise<boolean>;
  /** Asks for no more new requests, or for none but REGISTER; what runs goes on (decision C19). */
  removeRoutes(which: 'all' | 'all_but_register'): void;
  close(): void;
}

/** What an agent does with what comes in. Handlers must not throw. */
export interface SipHandlers {
  invite(invite: ReceivedInvite): void;
  register(request: ReceivedRequest): void;
  options(request: ReceivedRequest): void;
  /** A server is there, or gone. */
  connection(server: SipServer): void;
}

/** Deadlines of the control protocol. */
export interface SipDeadlines {
  /** The server's confirmation of what was sent. */
  readonly commandMs: number;
  /** The final response to a request inside a dialog: beyond Timer F (RFC 3261 §17.1.2.2), which the server runs. */
  readonly dialogRequestMs: number;
  /** Pings to the server; three without any sign of life and the connection is dropped. */
  readonly pingMs: number;
}
