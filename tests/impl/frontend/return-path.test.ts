import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { returnPathOf } from '../../../impl/frontend/return-path.ts';

const site = new URL('https://todo.example');

describe('return path', () => {
  it.each(['/', '/tasks', '/tasks?q=a%20b#top', '/#tasks'])('%s is kept', (path) => {
    expect(returnPathOf(path, site)).toBe(path);
  });

  it.each([
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '/.//evil.example',
    '/x/..//evil.example',
    '/%5c/../\\evil.example',
    'javascript:alert(1)',
    'tasks',
    '',
    ' /x',
    '/auth/login?return_to=/',
    '/./auth/logout',
    `/${'x'.repeat(600)}`,
    undefined,
    ['/a', '/b'],
  ])('%j becomes /', (path) => {
    expect(returnPathOf(path, site)).toBe('/');
  });

  it('never leads to another site, whatever it is given', () => {
    const part = fc.constantFrom(
      '/',
      '\\',
      '.',
      '..',
      '@',
      ':',
      '?',
      '#',
      '%2f',
      '%5c',
      '\t',
      '\r',
      'evil.example',
      'http:',
      ' ',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(part, { maxLength: 8 }).map((parts) => parts.join('')),
          fc.string(),
        ),
        (text) => {
          const path = returnPathOf(text, site);
          // As the browser reads a Location header.
          expect(new URL(path, 'https://todo.example/auth/callback').origin).toBe(site.origin);
          expect(path).toMatch(/^\/(?![/\\])/);
          expect(returnPathOf(path, site)).toBe(path);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
