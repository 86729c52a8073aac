/** What a SIP login is called. */
export interface LoginName {
  readonly realm: string;
  readonly username: string;
}
