import type { FeedChange } from '../announcing/release.decider.js';
import { type Deviation, deviationKey } from './deviations.js';

/** What persons said no to, by the deviation's name; of Macs that come or go, which ones. */
export type Rejections = ReadonlyMap<string, readonly string[]>;

const isOfDevices = ({ change }: FeedChange): boolean => change === 'devices_added' || change === 'devices_removed';

/** One name for all Macs that come to a build, and for all that go. */
const nameOf = (change: FeedChange): string => deviationKey(isOfDevices(change) ? { ...change, devices: [] } : change);

export const withRejection = (rejections: Rejections, change: FeedChange): Rejections => {
  const before = rejections.get(nameOf(change)) ?? [];
  return new Map([...rejections, [nameOf(change), [...new Set([...before, ...change.devices])]]]);
};

/** A rejection holds as long as the feed shows what was rejected; the same again later is a new question. */
export const lasting = (rejections: Rejections, shown: readonly Deviation[]): Rejections => {
  const changes = new Map(shown.map(({ change }) => [nameOf(change), change]));
  return new Map(
    [...rejections].flatMap(([name, devices]) => {
      const change = changes.get(name);
      if (!change) return [];
      const still = devices.filter((id) => change.devices.includes(id));
      return still.length === 0 && isOfDevices(change) ? [] : [[name, still]];
    }),
  );
};

/** What is left to ask. What Apple does every day is no question, whatever was said of it when it was one. */
export const unanswered = (shown: readonly Deviation[], rejections: Rejections): readonly Deviation[] =>
  shown.flatMap((deviation) => {
    const rejected = rejections.get(nameOf(deviation.change));
    if (!rejected || deviation.routine) return [deviation];
    const change = withoutDevices(deviation.change, rejected);
    return change.devices.length === 0 ? [] : [{ ...deviation, change }];
  });

/** As if the feed had left some Macs as they are. */
const withoutDevices = (change: FeedChange, ids: readonly string[]): FeedChange => {
  const others = change.supportedDevices.filter((id) => !ids.includes(id));
  return {
    ...change,
    devices: change.devices.filter((id) => !ids.includes(id)),
    supportedDevices: change.change === 'devices_removed' ? [...others, ...ids].sort() : others,
  };
};
