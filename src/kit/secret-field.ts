// Every star is bounded, and the length of a name too.
const SECRET = /^x-[a-z0-9-]{0,60}(?:token|secret|key|auth)[a-z0-9-]{0,60}$/i;

/** True for a SIP field of somebody's own whose name says that it carries a secret: it is masked wherever messages are shown. */
export const isSecretField = (name: string): boolean => SECRET.test(name);
