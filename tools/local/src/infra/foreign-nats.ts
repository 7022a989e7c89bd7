import { connect } from '@nats-io/transport-node';
import { ServerUnusable } from './server-unusable.js';

/** Where a NATS server that is not ours listens, and as whom one gets in. */
export interface NatsAddress {
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
}

const MIN_VERSION = [2, 14] as const;

/** Takes user and password out of `nats://user:password@host`, where clients want them apart. */
export const natsAddressOf = (given: string): NatsAddress => {
  if (given.includes(',')) return { url: given };
  const whole = given.includes('://') ? given : `nats://${given}`;
  if (!URL.canParse(whole)) throw new ServerUnusable('NATS_URL cannot be used: it is not a nats:// address');
  const url = new URL(whole);
  const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  url.username = url.password = '';
  return { url: url.href.replace(/\/$/, ''), ...(user ? { user } : {}), ...(password ? { password } : {}) };
};

/** Throws, with words for a person, unless a NATS server >= 2.14 with JetStream lets us in there. */
export const checkForeignNats = async ({ url, user, password }: NatsAddress): Promise<void> => {
  const connection = await connect({
    servers: url.split(','),
    timeout: 5_000,
    reconnect: false,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { pass: password }),
  }).catch((cause: unknown) => {
    throw new ServerUnusable(
      `NATS_URL cannot be used: ${url}: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        cause,
      },
    );
  });
  try {
    const { version, jetstream } = connection.info ?? {};
    const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
    if (major < MIN_VERSION[0] || (major === MIN_VERSION[0] && minor < MIN_VERSION[1]))
      throw new ServerUnusable(`NATS_URL cannot be used: nats-server 2.14 or newer is needed, ${url} runs ${version}`);
    if (!jetstream) throw new ServerUnusable(`NATS_URL cannot be used: JetStream is off on ${url}`);
  } finally {
    await connection.close();
  }
};
