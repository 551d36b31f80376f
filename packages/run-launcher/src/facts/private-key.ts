import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** What the beginning of a file tells of a private key. */
export interface PrivateKeyFacts {
  /** Whether it begins as those of ssh-keygen and openssl do. */
  isKey: boolean;
  /** Whether it can be used with a passphrase only. */
  locked: boolean;
}

/** What is looked at, in bytes. */
const beginning = 512;

/** Looks at the beginning of a file; undefined: it is none, or may not be read. */
export function lookAtPrivateKey(path: string): PrivateKeyFacts | undefined {
  let file: number | undefined;
  try {
    // A pipe would be waited for until somebody writes into it.
    if (!statSync(path).isFile()) return undefined;
    file = openSync(path, 'r');
    const bytes = Buffer.alloc(beginning);
    const text = bytes.toString('latin1', 0, readSync(file, bytes, 0, beginning, 0));
    return { isKey: /^-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text), locked: isLocked(text) };
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** OpenSSH's own form names its cipher first (PROTOCOL.key), the older ones say it in a line. */
function isLocked(text: string): boolean {
  const [, body] = /^-----BEGIN OPENSSH PRIVATE KEY-----\s+([A-Za-z0-9+/\s]*)/.exec(text) ?? [];
  if (body === undefined) return /^-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(text);
  const bytes = Buffer.from(body, 'base64');
  const magic = 'openssh-key-v1\0';
  if (bytes.length < magic.length + 4 || bytes.toString('latin1', 0, magic.length) !== magic) return false;
  const start = magic.length + 4;
  return bytes.toString('latin1', start, start + bytes.readUInt32BE(magic.length)) !== 'none';
}
