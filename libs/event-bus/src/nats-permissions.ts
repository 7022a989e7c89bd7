import type { Context } from '@managed-os/contracts';
import { inboxPrefixOf } from './connect-bus.js';
import { streamOf } from './streams.js';

/** A user's `permissions` as nats.conf spells them; subjects may hold wildcards. */
export interface NatsPermissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  /** It may answer whoever asked it, once. */
  readonly allow_responses: true;
}

/**
 * Everything a service's NATS user may do, and it needs no more: publish the events of the contexts it owns and keep
 * their streams, read every stream through the durables of its own name, ask and answer requests.
 * A service without a context (`natsPermissions('console')`) publishes no events.
 */
export const natsPermissions = (service: string, ...owned: readonly Pick<Context, 'name'>[]): NatsPermissions => ({
  publish: [
    ...owned.flatMap(({ name }) => [
      `mos.${name}.>`,
      ...['CREATE', 'UPDATE', 'PURGE'].map((verb) => `$JS.API.STREAM.${verb}.${streamOf(name)}`),
    ]),
    // Its durables, in whatever stream, and where in it the first message is that it has not read.
    '$JS.API.STREAM.INFO.*',
    '$JS.API.STREAM.MSG.GET.*',
    ...['CREATE', 'DURABLE.CREATE', 'INFO', 'MSG.NEXT', 'RESET', 'UNPIN'].map(
      (verb) => `$JS.API.CONSUMER.${verb}.*.${service}`,
    ),
    `$JS.API.CONSUMER.CREATE.*.${service}.>`,
    // Acknowledgements, with and without the domain and account that a leaf node adds.
    `$JS.ACK.*.${service}.>`,
    `$JS.ACK.*.*.*.${service}.>`,
    'mos.rpc.>',
  ],
  subscribe: [`${inboxPrefixOf(service)}.>`, `mos.rpc.${service}.>`],
  allow_responses: true,
});
