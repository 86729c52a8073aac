/** Sizes beyond which a message is refused before anything else looks at it. */
export interface MessageLimits {
  readonly messageBytesMax: number;
  readonly headerLineBytesMax: number;
  readonly headersMax: number;
}

/** Defaults: 64 KB message, 8 KB header line, 100 headers. */
export const defaultMessageLimits: MessageLimits = { messageBytesMax: 65_535, headerLineBytesMax: 8192, headersMax: 100 };
