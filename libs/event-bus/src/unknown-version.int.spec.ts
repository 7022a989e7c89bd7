import 'reflect-metadata';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { type AnyEvent, type Fact, subjectOf } from '@managed-os/contracts';
import { eventually } from '@managed-os/kernel/testing';
import type { Delivered } from './cloud-event.js';
import { contentsOf } from './letter-contents.js';
import { done, type Settlement } from './settlement.js';
import { mac, reached } from './testing/events.js';
import { cause } from './testing/fixture.js';
import { type Handler, StrategyFixture } from './testing/strategy-fixture.js';
import { reachedTomorrow, tomorrow, V2 } from './testing/tomorrow.js';

let bus: StrategyFixture;
beforeEach(async () => {
  bus = await StrategyFixture.open();
});
afterEach(() => bus.close());

/** As a service of tomorrow's version appends it. */
const appendTomorrow = (event: AnyEvent & { readonly deviceId: string }): Promise<unknown> =>
  bus.fixture.storeOf(tomorrow).append({
    stream: `obligations-${event.deviceId}`,
    expected: 'any',
    events: [event],
    cause: cause(`tomorrow ${JSON.stringify(event)}`),
  });

const noted: unknown[] = [];
const note: Handler = async ({ data }) => {
  noted.push(data);
  return done;
};
beforeEach(() => void noted.splice(0));

describe('an event in a version that its consumer does not know', () => {
  it('is tried again, then parks its Mac with those behind it, and waits for the upgrade', async () => {
    await appendTomorrow(reachedTomorrow(mac(1), 0));
    await bus.append(reached(mac(1), 1));
    await bus.append(reached(mac(2), 0));
    const { app, strategy } = await bus.serve(note);
    await bus.settled();
    expect(noted).toEqual([reached(mac(2), 0)]);
    const letters = await bus.letters().list();
    expect(letters.map(({ reason, tries, token }) => ({ reason, tries, token }))).toEqual([
      { reason: 'unknown-version', tries: 3, token: mac(1) },
      { reason: 'follows', tries: 0, token: mac(1) },
    ]);
    const shown = letters[0] && (await bus.letters().show(letters[0].letterId));
    expect(shown && contentsOf(shown)).toMatchObject({
      attributes: { type: V2 },
      unreadable: expect.stringContaining(V2),
    });

    const where = { stream: 'MOS_DEADLINES', token: mac(1) };
    expect(await strategy.redeliver(where, 'user:anna')).toMatchObject({
      count: 0,
      stoppedAt: { detail: expect.stringContaining(V2) },
    });
    await app.close();
    bus.running = [];

    const upgraded = await bus.serve(note, { codec: tomorrow });
    expect(await upgraded.strategy.redeliver(where, 'user:anna')).toMatchObject({ count: 2 });
    expect(noted.slice(1)).toEqual([reachedTomorrow(mac(1), 0), reachedTomorrow(mac(1), 1)]);
    expect(await bus.letters().list()).toEqual([]);
  });

  it('is handled by a newer replica that takes over while it is tried', async () => {
    await appendTomorrow(reachedTomorrow(mac(1), 0));
    await bus.append(reached(mac(1), 1));
    const { app, log } = await bus.serve(note, { backoffMs: [600_000] });
    await eventually(() => log.lines.some(({ message }) => message === 'message not handled yet, trying again'));
    await app.close();
    bus.running = [];
    await bus.serve(note, { codec: tomorrow });
    await bus.settled();
    expect(noted).toEqual([reachedTomorrow(mac(1), 0), reachedTomorrow(mac(1), 1)]);
    expect(await bus.letters().list({ which: 'all' })).toEqual([]);
  });

  it('waits for the upgrade, too, where the handler meets it in its own store', async () => {
    const { store } = bus.fixture;
    @Controller()
    class Loading {
      @EventPattern([subjectOf('CountdownEnded')])
      async on(@Payload() { data }: Delivered<Fact<'CountdownEnded'>>): Promise<Settlement> {
        await store.load(`obligations-${data.deviceId}`, { initial: 0, evolve: (count) => count + 1 });
        return done;
      }
    }
    await appendTomorrow(reachedTomorrow(mac(1), 0));
    await bus.append({ ...reached(mac(1), 1), type: 'CountdownEnded' });
    await bus.serve(note, {}, Loading);
    await bus.settled();
    expect(await bus.letters().list()).toMatchObject([
      { reason: 'unknown-version', detail: expect.stringContaining(V2) },
    ]);
  });
});

describe('an event whose name its consumer does not know', () => {
  it('is acknowledged and nothing else: only a wildcard asks for it', async () => {
    @Controller()
    class Everything {
      @EventPattern(['mos.deadlines.>'])
      on(): Promise<Settlement> {
        return Promise.reject(new Error('must not be called'));
      }
    }
    await appendTomorrow({ type: 'DeadlineMoved', deviceId: mac(1), ...{ minutes: 5 } });
    const { strategy } = await bus.serve(note, {}, Everything);
    await bus.relay.caughtUp();
    await eventually(async () => (await bus.jsm.streams.info('MOS_DEADLINES')).state.messages === 1);
    await strategy.caughtUp();
    expect(await bus.letters().list({ which: 'all' })).toEqual([]);
  });
});
