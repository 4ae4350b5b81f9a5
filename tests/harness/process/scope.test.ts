import { describe, expect, it } from '@jest/globals';
import { openScope } from '../../../harness/process/scope.ts';

describe('a scope', () => {
  it('undoes in reverse order, children at their place', async () => {
    const seen: string[] = [];
    const scope = openScope({ title: 'run' });
    const note = (what: string) => async () => void seen.push(what);
    scope.defer('first', note('first'));
    await scope.use({
      title: 'thing',
      async start(own) {
        own.defer('inner 1', note('inner 1'));
        own.defer('inner 2', note('inner 2'));
      },
    });
    scope.defer('last', note('last'));
    await scope.close();
    expect(seen).toEqual(['last', 'inner 2', 'inner 1', 'first']);
  });

  it('undoes once, however often it is closed, and everyone waits for the same end', async () => {
    let times = 0;
    const scope = openScope({ title: 'run' });
    scope.defer('count', async () => {
      times += 1;
    });
    await Promise.all([scope.close(), scope.close()]);
    await scope.close();
    expect(times).toBe(1);
  });

  it('goes on after a failed undo and names each failure, also those of children', async () => {
    const seen: string[] = [];
    const scope = openScope({ title: 'run' });
    scope.defer('a', async () => void seen.push('a'));
    scope.child('part').defer('stop kafka', async () => {
      throw new Error('no such process');
    });
    scope.defer('b', () => {
      throw new Error('threw at once');
    });
    const error = await scope.close().then(
      () => undefined,
      (reason: AggregateError) => reason,
    );
    expect(seen).toEqual(['a']);
    expect(error).toBeInstanceOf(AggregateError);
    expect(error?.message).toBe('NOT_CLEANED_UP: run: 2 of the undos failed: b: threw at once; stop kafka: no such process');
    expect(error?.errors).toHaveLength(2);
  });

  it('gives each undo a budget of its own, whatever became of the run', async () => {
    let isFirstUndone = false;
    const scope = openScope({ title: 'run', signal: AbortSignal.abort(new Error('deadline')), undoMsMax: 20 });
    scope.defer('first', async () => {
      isFirstUndone = true;
    });
    scope.defer('hangs', () => new Promise(() => {}));
    await expect(scope.close()).rejects.toThrow('hangs: not done after 20 ms, left behind');
    expect(isFirstUndone).toBe(true);
  });

  it('stops what was half started before use() rejects', async () => {
    const seen: string[] = [];
    const scope = openScope({ title: 'run' });
    const start = scope.use({
      title: 'thing',
      async start(own) {
        own.defer('stop', async () => void seen.push('stopped'));
        throw new Error('no luck');
      },
    });
    await expect(start).rejects.toThrow('no luck');
    expect(seen).toEqual(['stopped']);
    await scope.close();
    expect(seen).toEqual(['stopped']);
  });

  it('stops a start that ignores its signal, and refuses what that start defers later', async () => {
    const interrupt = new AbortController();
    const scope = openScope({ title: 'run', signal: interrupt.signal });
    const proceed = Promise.withResolvers<void>();
    const late = Promise.withResolvers<unknown>();
    let isStopped = false;
    const start = scope.use({
      title: 'deaf',
      async start(own) {
        own.defer('stop', async () => {
          isStopped = true;
        });
        await proceed.promise;
        try {
          own.defer('stop the second', async () => {});
        } catch (error) {
          late.resolve(error);
        }
      },
    });
    interrupt.abort(new Error('Ctrl-C'));
    await expect(start).rejects.toThrow('Ctrl-C');
    expect(isStopped).toBe(true);
    proceed.resolve();
    expect(String(await late.promise)).toContain('SCOPE_CLOSED');
  });

  it('starts nothing when it was aborted or closed', async () => {
    let started = 0;
    const thing = { title: 'thing', start: async () => (started += 1) };
    const aborted = openScope({ title: 'run', signal: AbortSignal.abort(new Error('too late')) });
    await expect(aborted.use(thing)).rejects.toThrow('too late');
    const closed = openScope({ title: 'run' });
    await closed.close();
    await expect(closed.use(thing)).rejects.toThrow('SCOPE_CLOSED');
    expect(started).toBe(0);
  });

  it('closes at the end of a block with `await using`, and tells its children', async () => {
    let signal: AbortSignal | undefined;
    {
      await using scope = openScope({ title: 'run' });
      signal = scope.child('part').signal;
      expect(signal.aborted).toBe(false);
    }
    expect(signal.aborted).toBe(true);
  });
});
