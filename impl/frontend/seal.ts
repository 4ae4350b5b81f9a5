/**
 * What a browser keeps for us and can neither read nor change: JWE, `dir` with A256GCM. The first key encrypts, every key
 * decrypts, so keys are rotated by putting a new one in front and taking the old one away once all it sealed has expired.
 */
import { createHash } from 'node:crypto';
import { EncryptJWT, type JWTPayload, jwtDecrypt } from 'jose';

export interface Seal {
  /** `purpose` is sealed in: a cookie of one kind is never taken for one of another. */
  seal(purpose: string, content: object, expiresAtS: number): Promise<string>;
  /** null for whatever was not sealed here for this purpose, or has expired. */
  open<T>(purpose: string, sealed: string): Promise<(T & { readonly exp: number }) | null>;
}

const keyBytes = 32;

/** Comma separated, each 32 bytes in base64url; null for anything else. */
export function sealKeysOf(text: string): readonly Uint8Array[] | null {
  const keys = text.split(',').map((each) => Buffer.from(each.trim(), 'base64url'));
  return keys.every((key) => key.length === keyBytes) ? keys : null;
}

export function openSeal(keys: readonly Uint8Array[]): Seal {
  const [newest] = keys;
  if (!newest) throw new Error('SESSION_KEYS_EMPTY: a seal needs at least one key');
  const byId = new Map(keys.map((key) => [idOf(key), key]));
  return {
    seal: (purpose, content, expiresAtS) =>
      new EncryptJWT({ ...content })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: idOf(newest) })
        .setAudience(purpose)
        .setExpirationTime(expiresAtS)
        .encrypt(newest),
    async open<T>(purpose: string, sealed: string) {
      try {
        const { payload } = await jwtDecrypt(sealed, ({ kid }) => keyOf(byId, kid), {
          audience: purpose,
          requiredClaims: ['exp'],
          keyManagementAlgorithms: ['dir'],
          contentEncryptionAlgorithms: ['A256GCM'],
        });
        return payload as JWTPayload as T & { readonly exp: number };
      } catch {
        return null;
      }
    },
  };
}

function keyOf(byId: ReadonlyMap<string, Uint8Array>, kid: string | undefined): Uint8Array {
  const key = byId.get(kid ?? '');
  if (!key) throw new Error('sealed with a key that is no longer used');
  return key;
}

/** Tells keys apart without telling anything about them. */
const idOf = (key: Uint8Array): string => createHash('sha256').update(key).digest('base64url').slice(0, 8);
