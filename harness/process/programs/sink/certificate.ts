/** The certificate of the push endpoint: clients of web push accept nothing but https. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** The one in these files, else a new one. A revived sink must show the old one: clients read it when they started. */
export async function certificate(certFile: string, keyFile: string): Promise<Certificate> {
  if (existsSync(certFile)) return { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  // Loaded only when it is needed: it takes as long as the rest of the start.
  const { generate } = await import('selfsigned');
  const names = [
    { type: 7 as const, ip: '127.0.0.1' },
    { type: 2 as const, value: 'localhost' },
  ];
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'Plumbline sink' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'subjectAltName', altNames: names },
    ],
  });
  // The certificate last: where it is, its key is too.
  writeFileSync(keyFile, key, { mode: 0o600 });
  writeFileSync(certFile, cert);
  return { cert, key };
}
