const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';
const BATCH = 100;

interface OfMac {
  readonly device_id: string;
}

/**
 * Does something for every Mac of which `page` finds some after another one, in the order of their ids. One Mac's failure
 * keeps no other from its turn; the first is thrown at the end.
 */
export const ofEveryMac = async (
  page: (after: string, most: number) => Promise<readonly OfMac[]>,
  work: (deviceId: string) => Promise<void>,
): Promise<void> => {
  const failures: unknown[] = [];
  for (let after = BEFORE_ALL; ;) {
    const macs = await page(after, BATCH);
    const outcomes = await Promise.allSettled(macs.map(({ device_id }) => work(device_id)));
    failures.push(...outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : [])));
    const last = macs.at(-1);
    if (!last || macs.length < BATCH) break;
    after = last.device_id;
  }
  if (failures.length > 0) throw failures[0];
};
