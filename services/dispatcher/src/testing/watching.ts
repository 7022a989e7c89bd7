import type { Fact } from '@managed-os/contracts';
import { addMillis, reactionId } from '@managed-os/kernel';
import { DAY, type Fixture, obligationOf, until } from './fixture.js';
import type { TestMac } from './test-mac.js';

/** Each Mac's one watch. */
export const watchIdOf = (mac: TestMac): string => reactionId('watch', mac.deviceId);

/** What `updates` asks to be watched. */
export const watching = (fixture: () => Fixture) => {
  const watchRequested = (mac: TestMac, more: Partial<Fact<'WatchRequested'>> = {}): Fact<'WatchRequested'> => ({
    ...{ type: 'WatchRequested', deviceId: mac.deviceId, watchId: watchIdOf(mac), obligationId: obligationOf(mac) },
    ...{ attempt: 1, try: 1, subject: 'download', intervalSeconds: 600, longestIntervalSeconds: 3_600 },
    ...{ silentAfterSeconds: 12 * 3_600, stopAfter: addMillis(fixture().clock.now(), 14 * DAY) },
    ...more,
  });

  /** Answers the id of the request. */
  const watched = async (mac: TestMac, more: Partial<Fact<'WatchRequested'>> = {}): Promise<string> => {
    const id = await fixture().request(watchRequested(mac, more));
    await until(() =>
      fixture().db.selectFrom('watches').select('state').where('request_id', '=', id).executeTakeFirst(),
    );
    return id;
  };

  return { watchRequested, watched };
};
