import { describe, expect, it } from '@jest/globals';
import { comesFromOurPage } from '../../../impl/frontend/same-site.ts';

const origin = 'https://todo.example';
const marked = { 'x-requested-with': 'todo' };

describe('same site', () => {
  it.each([
    ['GET', {}, true],
    ['HEAD', { 'sec-fetch-site': 'cross-site' }, true],
    ['POST', { ...marked, origin }, true],
    ['POST', { ...marked, 'sec-fetch-site': 'same-origin' }, true],
    ['POST', { ...marked, 'sec-fetch-site': 'same-origin', origin: 'null' }, true],
    ['POST', {}, false],
    ['POST', marked, false],
    ['POST', { origin, 'sec-fetch-site': 'same-origin' }, false],
    ['POST', { 'x-requested-with': 'XMLHttpRequest', origin }, false],
    ['DELETE', { ...marked, origin: 'https://todo.example.evil' }, false],
    ['PUT', { ...marked, origin: 'null' }, false],
    ['PATCH', { ...marked, 'sec-fetch-site': 'same-site', origin }, false],
    ['POST', { ...marked, 'sec-fetch-site': 'cross-site', origin }, false],
    ['POST', { ...marked, 'sec-fetch-site': 'none' }, false],
  ])('%s with %j: %s', (method, headers, ours) => {
    expect(comesFromOurPage(method, headers, origin)).toBe(ours);
  });
});
