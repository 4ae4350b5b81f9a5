import { describe, expect, it } from '@jest/globals';
import { ConfigError, readConfig } from '#kit/config.ts';

const right = { APP_PORT: '8000', DATABASE_URL: 'postgres://u:secret@127.0.0.1/d' };

describe('config', () => {
  it('fills what may be left out', () => {
    const config = readConfig(right, 'backend');
    expect(config).toMatchObject({
      service: 'backend',
      replica: '0',
      host: '127.0.0.1',
      appPort: 8000,
      sidecarPort: 3500,
      relay: true,
    });
  });

  it('tells everything that is wrong at once', () => {
    const wrong = { APP_PORT: '80a', DAPR_HTTP_PORT: '70000', LOG_LEVEL: 'loud', RELAY: 'maybe' };
    const read = () => readConfig(wrong, 'backend');
    expect(read).toThrow(ConfigError);
    try {
      read();
    } catch (error) {
      expect((error as ConfigError).complaints.map((each) => each.split(' ')[0])).toEqual([
        'APP_PORT',
        'DAPR_HTTP_PORT',
        'DATABASE_URL',
        'LOG_LEVEL',
        'RELAY',
      ]);
    }
  });

  it('never repeats the database address, which may hold a password', () => {
    expect(() => readConfig({ ...right, DATABASE_URL: 'mysql://u:secret@h/d' }, 'backend')).toThrow(
      /^(?!.*secret).*DATABASE_URL/,
    );
  });
});
