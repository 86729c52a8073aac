/** The calling engine, the called one, and the second branch of a fork. */
export const CALLER = '192.0.2.1';
export const CALLED = '192.0.2.2';
export const FORKED = '192.0.2.3';
