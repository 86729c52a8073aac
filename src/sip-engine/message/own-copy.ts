/**
 * A copy with memory of its own, for bytes that live long: small buffers share 8 KB slabs, and one kept message would
 * keep a whole slab of short-lived ones.
 */
export function ownCopy(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}
