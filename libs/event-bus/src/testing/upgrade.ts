import { type AnyEvent, type Codec, codec, updates, type UpdatesEvent } from '@managed-os/contracts';
import { PgEventStore, type StoredEvent } from '@managed-os/event-store';
import { createTestDatabase } from '@managed-os/event-store/testing';
import { jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { attribute, type Delivered } from '../cloud-event.js';
import { reactionOf } from '../reaction.js';
import { done, type Settlement } from '../settlement.js';
import { mac, reached } from './events.js';
import { type BusFixture, cause, real } from './fixture.js';
import { reachedTomorrow, tomorrow } from './tomorrow.js';

/** A version of the system: its contract, the n-th event about a Mac as it writes it, and which one it reads in an event. */
export interface Release {
  readonly codec: Codec;
  write(device: string, n: number): readonly AnyEvent[];
  read(event: Readonly<Record<string, unknown>>): number;
}

/** The first two Macs never reach a deadline, so nothing about them comes in a new version. */
export const isCalm = (device: string): boolean => device < mac(2);
const kindOf = (device: string, n: number): number => (isCalm(device) ? n % 2 : n % 3);

const ended = (device: string, n: number) => ({ ...reached(device, n), type: 'CountdownEnded' });
const closed = (device: string, n: number) => ({
  ...{ type: 'ObligationClosed', deviceId: device, obligationId: mac(7_000_000) },
  ...{ outcome: 'discharged', observedVersion: String(n) },
});

export const TODAY: Release = {
  codec,
  write: (device, n) => [[ended, closed, reached][kindOf(device, n)]?.(device, n) ?? closed(device, n)],
  read: ({ lateSeconds, observedVersion }) => numbered(lateSeconds ?? observedVersion),
};

/** Writes a new field, a new word, a new version and a new event. */
export const TOMORROW: Release = {
  codec: tomorrow,
  write: (device, n) => {
    switch (kindOf(device, n)) {
      case 0:
        return [{ ...ended(device, n), ...{ endedBy: 'user' } }];
      case 1:
        return [{ ...closed(device, n), outcome: 'superseded' }];
      default:
        return [reachedTomorrow(device, n), { type: 'DeadlineMoved', ...{ deviceId: device, minutes: n } }];
    }
  },
  read: ({ type, lateness, ...rest }) =>
    type === 'DeadlineReached' ? numbered(Object(lateness).seconds) : TODAY.read(rest),
};

const numbered = (value: unknown): number => {
  const n = Number(value);
  if (!Number.isInteger(n)) throw new TypeError(`not the event that was meant: ${String(value)}`);
  return n;
};

/** Events about each of some Macs, one after the other, written by the producers in turn, until it ends. */
export const startTraffic = (fixture: BusFixture, macs: readonly string[], first: readonly Release[]) => {
  const ending = new AbortController();
  const storeOf = new Map([TODAY, TOMORROW].map((release) => [release, fixture.storeOf(release.codec)]));
  let producers = first;
  const tell = async (device: string): Promise<void> => {
    for (let n = 1; !ending.signal.aborted; n++) {
      const producer = producers[(n >> 2) % producers.length] ?? TODAY;
      await storeOf.get(producer)?.append({
        stream: `obligations-${device}`,
        expected: 'any',
        events: producer.write(device, n),
        cause: cause(`traffic ${device} ${n}`),
      });
      await real.sleep(50, ending.signal);
    }
  };
  const running = Promise.all(macs.map(tell));
  return {
    produceBy(...releases: readonly Release[]): void {
      producers = releases;
    },
    async end(): Promise<void> {
      ending.abort();
      await running;
    },
  };
};

const HEARD = ['CountdownEnded', 'ObligationClosed', 'DeadlineReached'] as const;

/** A service with a store of its own, in which it notes every event about a Mac in the Mac's stream. */
export class Notes {
  static readonly heard = HEARD;
  private readonly counts = new Map<string, number>();

  private constructor(
    private readonly store: PgEventStore<UpdatesEvent>,
    readonly close: () => Promise<void>,
  ) {}

  static async open(): Promise<Notes> {
    const database = await createTestDatabase({ schema: 'progress' });
    const { databaseUrl, schema } = database;
    const store = new PgEventStore<UpdatesEvent>({ databaseUrl, schema, context: updates, clockReal: real });
    return new Notes(store, async () => {
      await store.close();
      await database.drop();
    });
  }

  /** How many messages a replica has handled. */
  countOf(replica: string): number {
    return this.counts.get(replica) ?? 0;
  }

  async note(message: Delivered, release: Release, replica: string): Promise<Settlement> {
    const device = message.subject.slice(message.subject.indexOf('-') + 1);
    await this.store.append({
      stream: `device_update-${device}`,
      expected: 'any',
      events: [{ type: 'UpdateCached', deviceId: device, attempt: release.read({ ...message.data }) }],
      ...reactionOf(message, 'progress', { now: () => message.time }),
    });
    this.counts.set(replica, this.countOf(replica) + 1);
    return done;
  }

  /** The events that were noted about a Mac, with their numbers, in order. */
  async about(device: string): Promise<readonly { readonly id: string | undefined; readonly n: number }[]> {
    const noted = await this.store.readStream(`device_update-${device}`);
    return noted.map(({ causationId, data }) => ({ id: causationId, n: 'attempt' in data ? data.attempt : 0 }));
  }
}

interface Plain {
  readonly id: string | undefined;
  readonly type: string | undefined;
  readonly data: string;
}

/** What the store holds, and what the stream holds, word for word and in order. */
export const carried = async (
  fixture: BusFixture,
  connection: NatsConnection,
): Promise<{
  readonly stored: readonly StoredEvent[];
  readonly inStore: readonly Plain[];
  readonly inStream: readonly Plain[];
}> => {
  const stored = await fixture.store.readEvents(0n, 1_000_000);
  const stream = await jetstream(connection).streams.get('MOS_DEADLINES');
  const inStream: Plain[] = [];
  for (let seq = 1; seq <= (await stream.info()).state.last_seq; seq++) {
    const message = await stream.getMessage({ seq });
    if (message)
      inStream.push({
        id: attribute(message.header, 'id'),
        type: attribute(message.header, 'type'),
        data: message.string(),
      });
  }
  return { stored, inStore: stored.map(({ id, type, data }) => ({ id, type, data })), inStream };
};
