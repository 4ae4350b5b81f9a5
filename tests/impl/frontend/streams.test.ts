import { describe, expect, it } from '@jest/globals';
import { openStreams, type Screen } from '../../../impl/frontend/streams.ts';

function screen(roomFor = Number.POSITIVE_INFINITY) {
  const seen: string[] = [];
  const log: string[] = [];
  const it: Screen = {
    write: (text) => seen.length < roomFor && seen.push(text) > 0,
    end: () => void log.push('end'),
    drop: () => void log.push('drop'),
  };
  return Object.assign(it, { seen, log });
}

describe('streams', () => {
  it('tells each user what is theirs, on every screen', () => {
    const streams = openStreams({ perUserMax: 5, totalMax: 10 });
    const [a, b, other] = [screen(), screen(), screen()];
    streams.open('alice', a);
    streams.open('alice', b);
    streams.open('alic', other);
    expect([streams.send('alice', 'x'), streams.send('bob', 'y')]).toEqual([2, 0]);
    expect([a.seen, b.seen, other.seen]).toEqual([['x'], ['x'], []]);
  });

  it('has limits, for one user and for all, and room again when a screen goes', () => {
    const streams = openStreams({ perUserMax: 2, totalMax: 3 });
    const close = streams.open('a', screen()) as () => void;
    streams.open('a', screen());
    expect(streams.open('a', screen())).toBe('USER_FULL');
    streams.open('b', screen());
    expect(streams.open('c', screen())).toBe('ALL_FULL');
    close();
    close();
    expect(streams.size).toBe(2);
    expect(streams.open('c', screen())).toBeInstanceOf(Function);
  });

  it('lets a slow screen go and keeps the others', () => {
    const streams = openStreams({ perUserMax: 5, totalMax: 5 });
    const [slow, quick] = [screen(1), screen()];
    streams.open('a', slow);
    streams.open('a', quick);
    expect([streams.send('a', '1'), streams.send('a', '2'), streams.send('a', '3')]).toEqual([2, 1, 1]);
    expect([slow.log, quick.seen.length, streams.size]).toEqual([['drop'], 3, 1]);
  });

  it('finds a dead screen by its heartbeat', () => {
    const streams = openStreams({ perUserMax: 5, totalMax: 5 });
    const dead = screen(0);
    streams.open('a', dead);
    streams.beat();
    expect([dead.log, streams.size]).toEqual([['drop'], 0]);
  });

  it('ends them all, once, and opens none after that', () => {
    const streams = openStreams({ perUserMax: 5, totalMax: 5 });
    const [a, b] = [screen(), screen()];
    streams.open('a', a);
    streams.open('b', b);
    streams.endAll();
    streams.endAll();
    expect([a.log, b.log, streams.size]).toEqual([['end'], ['end'], 0]);
    expect(streams.open('a', screen())).toBe('ALL_FULL');
  });
});
