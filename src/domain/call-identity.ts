/** Who a call is from, as far as the platform can tell. */
export interface Identity {
  readonly kind: 'trunk_group' | 'credential' | 'call';
  readonly id: string;
  /** Of a transfer: the customer's trunk group whose call it is, as if it had come through it. Absent: none, or not a transfer. */
  readonly trunkGroupId?: string;
}
