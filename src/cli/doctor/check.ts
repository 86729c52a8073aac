/** What was found of one thing. */
export interface Check {
  readonly check: string;
  /** `note`: it works, and there is something to know. */
  readonly status: 'ok' | 'note' | 'bad';
  readonly detail: string;
}

/** What a check finds; a throw is a bad finding. */
export type Finding = Omit<Check, 'check'>;

/** Longest look at one thing. */
export const LOOK_MS = 5000;

/** Runs a check; what it throws is its finding. URLs with passwords are in no message of the clients we ask. */
export async function looked(check: string, look: () => Promise<Finding>): Promise<Check> {
  try {
    return { check, ...(await look()) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { check, status: 'bad', detail: message === '' ? String(code) : message };
  }
}
