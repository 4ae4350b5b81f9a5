import { describe, expect, it } from '@jest/globals';
import { eventId, eventIdFloor } from '#kit/event-id.ts';

describe('event id', () => {
  it('is a UUID of version 7 and variant 10', () => {
    for (let n = 0; n < 100; n++) expect(eventId()).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  });

  it('sorts by its time, above the floor of its own millisecond and below the next', () => {
    const id = eventId(1_700_000_000_000);
    expect(eventIdFloor(1_700_000_000_000) < id && id < eventIdFloor(1_700_000_000_001)).toBe(true);
  });
});
