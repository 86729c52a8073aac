/** The 32 bytes of `SEALING_KEY`, written as 64 hexadecimal digits or as base64 or base64url; undefined for anything else. */
export function decodeSealingKey(text: string): Buffer | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length === 32 ? bytes : undefined;
}
