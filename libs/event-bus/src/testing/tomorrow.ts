import { createCodec, deadlines, type Upcast } from '@managed-os/contracts';
import { compileContract } from '@managed-os/contracts/testing';
import { mac } from './events.js';

/**
 * The contract of a coming release, compiled from today's with what a release may change: a new optional field, a new
 * allowed word, a new event, and one event in a new version, whose lateness is a message of its own.
 */
const schemaOf = compileContract({
  'managedos/deadlines/v1/obligations.proto': (today) => `
    ${today
      .replace('"withdrawn"', '"withdrawn", "superseded"')
      .replace('message CountdownEnded {', 'message CountdownEnded { optional string ended_by = 7;')}
    // The Mac's user was granted more time.
    message DeadlineMoved {
      option (managedos.event.v1.visibility) = VISIBILITY_PUBLIC;
      string device_id = 1 [(buf.validate.field).string.uuid = true];
      int32 minutes = 2;
    }`,
  'managedos/deadlines/v2/obligations.proto': () => `
    syntax = "proto3";
    package managedos.deadlines.v2;
    import "buf/validate/validate.proto";
    import "managedos/event/v1/event.proto";
    message Lateness {
      int32 seconds = 1 [(buf.validate.field).int32.gte = 0];
      optional string because = 2;
    }
    // The deadline passed while the obligation was open.
    message DeadlineReached {
      option (managedos.event.v1.visibility) = VISIBILITY_PUBLIC;
      string device_id = 1 [(buf.validate.field).string.uuid = true];
      string obligation_id = 2 [(buf.validate.field).string.uuid = true];
      Lateness lateness = 3 [(buf.validate.field).required = true];
    }`,
});

export const V1 = 'managedos.deadlines.v1.DeadlineReached';
export const V2 = 'managedos.deadlines.v2.DeadlineReached';

const upcast: Upcast = {
  from: schemaOf(V1),
  to: schemaOf(V2),
  up: ({ deviceId, obligationId, lateSeconds, lateBecause }) => ({
    deviceId,
    obligationId,
    lateness: { seconds: lateSeconds, ...(lateBecause !== undefined && { because: lateBecause }) },
  }),
};

export const tomorrow = createCodec(
  [
    ...deadlines.events.map(({ typeName }) => schemaOf(typeName === V1 ? V2 : typeName)),
    schemaOf('managedos.deadlines.v1.DeadlineMoved'),
  ],
  [upcast],
);

/** A Mac's deadline passed so many seconds ago, as tomorrow says it. */
export const reachedTomorrow = (device: string, seconds: number) => ({
  type: 'DeadlineReached',
  deviceId: device,
  obligationId: mac(7_000_000),
  lateness: { seconds },
});
