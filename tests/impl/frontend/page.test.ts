import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { inlineScriptHashes, withoutSourceMap } from '../../../impl/frontend/page.ts';

const sha = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

describe('page', () => {
  it('allows its import map, byte for byte, and no other inline script', () => {
    const map = '\n  { "imports": { "preact": "/vendor/preact.js" } }\n';
    const html = `<script type="importmap">${map}</script><script>alert(1)</script><script type="module" src="/app.js"></script>`;
    expect(inlineScriptHashes(html)).toEqual([sha(map)]);
    expect(inlineScriptHashes('<p>none</p>')).toEqual([]);
  });

  it('names no source map that it does not have', () => {
    const without = (script: string) => withoutSourceMap(Buffer.from(script)).toString();
    expect(without('export {};\n//# sourceMappingURL=preact.mjs.map\n')).toBe('export {};\n');
    expect(without("const a = '//# sourceMappingURL=x';\nexport { a };\n")).toBe(
      "const a = '//# sourceMappingURL=x';\nexport { a };\n",
    );
  });
});
