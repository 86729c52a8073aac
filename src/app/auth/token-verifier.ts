/** Verifies session tokens of users (decision B20). */
export interface SessionTokenVerifier {
  /** The user a valid token names; `invalid` for any reason a client can be blamed for, `unavailable` when the keys cannot be had. */
  verify(token: string): Promise<{ readonly userId: string } | 'invalid' | 'unavailable'>;
}
