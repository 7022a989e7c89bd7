import { describe, expect, it } from '@jest/globals';
import createBinary from 'bplist-creator';
import fc from 'fast-check';
import { parseCheckin } from './checkin.js';
import { parseConnect } from './connect.js';
import { deviceInformation } from './device-information.js';
import { availableUpdates, securityInfo, updateResults, updateStatuses } from './results.js';
import { dict } from './plist/value.js';
import { writePlist } from './plist/write.js';

const samples: readonly Uint8Array[] = [
  dict({ MessageType: 'Authenticate', Topic: 'com.apple.mgmt.x', UDID: 'U', DeviceName: 'Ä & B', OSVersion: '12.5' }),
  dict({
    MessageType: 'TokenUpdate',
    Topic: 't',
    UDID: 'U',
    PushMagic: 'P',
    Token: Uint8Array.of(1, 2),
    AwaitingConfiguration: false,
  }),
  dict({
    Status: 'Acknowledged',
    CommandUUID: 'c',
    UDID: 'U',
    AvailableOSUpdates: [dict({ ProductKey: 'k', Version: '12.6', DownloadSize: 7n, IsMajorOSUpdate: true })],
    OSUpdateStatus: [
      dict({ ProductKey: 'k', DownloadPercentComplete: 0.5, Status: 'Downloading', IsDownloaded: false }),
    ],
    UpdateResults: [dict({ ProductKey: 'k', Status: 'Idle', ErrorChain: [dict({ ErrorCode: 1n })] })],
    QueryResponses: dict({ OSVersion: '12.5', IsSupervised: true }),
    SecurityInfo: dict({ ManagementStatus: dict({ EnrolledViaDEP: true }) }),
  }),
].flatMap((message) => [
  new TextEncoder().encode(writePlist(message)),
  createBinary(
    JSON.parse(
      JSON.stringify(Object.fromEntries(message), (_, v: unknown) =>
        typeof v === 'bigint' ? Number(v) : v instanceof Map ? Object.fromEntries(v) : v,
      ),
    ),
  ),
]);

/** One change to a body: bytes overwritten, cut out, repeated, or the end lost. */
const mutation = fc.record({
  sample: fc.nat({ max: samples.length - 1 }),
  edits: fc.array(
    fc.record({
      kind: fc.constantFrom('set', 'drop', 'repeat', 'cut'),
      at: fc.nat(4096),
      size: fc.nat(40),
      byte: fc.nat(255),
    }),
    { minLength: 1, maxLength: 4 },
  ),
});

const mutate = (body: Uint8Array, edit: { kind: string; at: number; size: number; byte: number }): Uint8Array => {
  const at = edit.at % (body.length + 1);
  const end = Math.min(body.length, at + edit.size);
  const parts = {
    set: [body.subarray(0, at), Uint8Array.of(edit.byte), body.subarray(Math.min(at + 1, body.length))],
    drop: [body.subarray(0, at), body.subarray(end)],
    repeat: [body.subarray(0, end), body.subarray(at)],
    cut: [body.subarray(0, at)],
  }[edit.kind];
  return Buffer.concat(parts ?? []);
};

describe('whatever arrives', () => {
  it('gives a message or a refusal with a reason, never an exception', () => {
    const runs = { seed: 20220910, numRuns: 20_000 };
    let accepted = 0;
    fc.assert(
      fc.property(mutation, ({ sample, edits }) => {
        const body = edits.reduce(mutate, samples[sample] ?? new Uint8Array());
        const results = [parseCheckin(body), parseConnect(body)];
        for (const result of results) if (!result.ok) expect(result.refusal.detail).not.toBe('');
        const report = results[1];
        if (!report?.ok) return;
        accepted += 1;
        const { keys } = report.value;
        for (const read of [availableUpdates, deviceInformation, securityInfo, updateStatuses, updateResults])
          read(keys);
      }),
      runs,
    );
    expect(accepted).toBeGreaterThan(100);
  });

  it('and so does noise', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (noise, binary) => {
        const body = binary ? Buffer.concat([Buffer.from('bplist00'), noise]) : noise;
        expect(typeof parseCheckin(body).ok).toBe('boolean');
      }),
      { seed: 7, numRuns: 5_000 },
    ));
});
