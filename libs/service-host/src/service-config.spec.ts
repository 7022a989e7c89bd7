import { IsInt, Min } from 'class-validator';
import { InvalidConfig, parseConfig, redacted, ServiceConfig } from './service-config.js';

class DeadlinesLikeConfig extends ServiceConfig {
  @IsInt()
  @Min(1)
  readonly COUNTDOWN_MINUTES: number = 30;
}

const env = { DATABASE_URL: 'postgres://mos_x:secret@127.0.0.1:5432/db', NATS_URL: 'nats://127.0.0.1:4222' };

describe('configuration', () => {
  it('has defaults, turns texts into numbers and ignores what is not its own', () => {
    const config = parseConfig(DeadlinesLikeConfig, { ...env, COUNTDOWN_MINUTES: '5', HOME: '/root', LOG_LEVEL: '' });
    expect(config).toMatchObject({ COUNTDOWN_MINUTES: 5, LOG_LEVEL: 'info', HOST: '127.0.0.1' });
    expect(config).not.toHaveProperty('HOME');
  });

  it('names everything that is wrong at once', () => {
    const parsing = () =>
      parseConfig(DeadlinesLikeConfig, { NATS_URL: 'nats://x', COUNTDOWN_MINUTES: 'soon', MOS_CLOCK: 'sundial' });
    expect(parsing).toThrow(InvalidConfig);
    expect(parsing).toThrow(
      /DATABASE_URL must be a postgres.*COUNTDOWN_MINUTES must be an integer|COUNTDOWN_MINUTES.*DATABASE_URL/,
    );
    expect(parsing).toThrow(/MOS_CLOCK must be system or scaled/);
  });

  it('shows itself without secrets', () => {
    const shown = JSON.stringify(
      redacted(parseConfig(DeadlinesLikeConfig, { ...env, LOCAL_TOKEN: 'abcdefghijklmnop', NATS_PASSWORD: 'hush' })),
    );
    expect(shown).not.toMatch(/secret|abcdefghijklmnop|hush/);
    expect(shown).toContain('postgres://mos_x:***@127.0.0.1:5432/db');
  });
});
