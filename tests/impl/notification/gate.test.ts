import { describe, expect, it } from '@jest/globals';
import { openGate } from '../../../impl/notification/gate.ts';

describe('the gate', () => {
  it('closes when nobody was reached, lets one ask, and opens when it reached somebody', () => {
    let nowMs = 0;
    const gate = openGate(
      { sendsMax: 12, closes: true },
      () => nowMs,
      () => 0.5,
    );
    expect(gate.room()).toBe(12);
    for (let sends = 0; sends < 12; sends++) gate.saw(false); // one outage, seen by all that were under way
    expect(gate.room()).toBe(0);
    nowMs = 499;
    expect(gate.room()).toBe(0);
    nowMs = 500;
    expect(gate.room()).toBe(1);
    gate.saw(false);
    nowMs = 1_499;
    expect(gate.room()).toBe(0);
    nowMs = 1_500;
    expect(gate.room()).toBe(1);
    gate.saw(true);
    expect(gate.room()).toBe(12);
  });

  it('stays open where there is no one server', () => {
    const gate = openGate({ sendsMax: 24, closes: false });
    gate.saw(false);
    expect(gate.room()).toBe(24);
  });
});
