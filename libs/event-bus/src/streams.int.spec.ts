import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { ensureStream } from './streams.js';
import { type BusFixture, openFixture } from './testing/fixture.js';

describe('the stream of a context', () => {
  let fixture: BusFixture;
  let jsm: JetStreamManager;
  beforeEach(async () => {
    fixture = await openFixture();
    jsm = await jetstreamManager(await fixture.connect(), { checkAPI: false });
  });
  afterEach(() => fixture.close());

  it('keeps the copies that it has, whoever asks for fewer (fewer there are on three nodes only)', async () => {
    const { nodes } = fixture.nats;
    expect((await ensureStream(jsm, 'deadlines', nodes)).config.num_replicas).toBe(nodes);
    expect((await ensureStream(jsm, 'deadlines')).config.num_replicas).toBe(nodes);
  });

  it('is not made with more copies than there are servers', () =>
    expect(ensureStream(jsm, 'deadlines', 5)).rejects.toThrow());
});
