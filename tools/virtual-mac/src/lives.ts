import { digestOf, uuidFrom } from './chance.js';
import type { LifeEvent, Mac } from './fleet.js';
import { type MacState, newState, unenrolled } from './state.js';
import type { Turn } from './turn.js';

/** Apple silicon: `00008103-0012345678ABCDEF`; Intel: the shape of a UUID. */
export const udidFrom = (source: string, architecture: Mac['architecture']): string =>
  architecture === 'intel' ? uuidFrom(source) : `00008103-${digestOf(source).slice(0, 16)}`;

/** The Mac as it is after so many of its events: it has other secrets, and another UDID after a repair. */
export const lifeOf = (mac: Mac, life: number): Mac => {
  const boards = mac.events.slice(0, life).filter(({ what }) => what === 'replaced').length;
  const udid = boards === 0 ? mac.udid : udidFrom(`${mac.chance}/udid/${boards}`, mac.architecture);
  return { ...mac, life, udid };
};

/** The next of its events. While the Mac says CheckOut it waits. */
export const eventTurns = (mac: Mac, { life, leaving }: MacState): readonly Turn[] => {
  const event = mac.events[life];
  return event && !leaving ? [{ at: event.at, apply: happened }] : [];
};

const happened: Turn['apply'] = (mac, state) =>
  mac.events[state.life]?.checkOut && state.enrollment === 'enrolled'
    ? { ...state, leaving: true }
    : eventOver(mac, state);

/** CheckOut was tried, or there was none to say: a new life begins, without declarations, tokens or anything unsent. */
export const eventOver = (mac: Mac, state: MacState): MacState => {
  const event = mac.events[state.life];
  if (!event) return state;
  const gone = unenrolled(state);
  return {
    ...newState(mac),
    ...pastOf(gone),
    ...(KEEPS_SYSTEM[event.what] ? systemOf(gone) : {}),
    life: state.life + 1,
    enrollment: event.what === 'unenrolled' ? 'dropped' : 'none',
  };
};

/** What was, and what the fleet file still has in store. */
const pastOf = (state: MacState): Partial<MacState> => ({
  osVersion: state.osVersion,
  osBuild: state.osBuild,
  installs: state.installs,
  history: state.history,
  restarts: state.restarts,
  notices: state.notices,
  answered: state.answered,
  documents: state.documents,
  defects: state.defects,
  defectCount: state.defectCount,
  failuresLeft: state.failuresLeft,
  notNowLeft: state.notNowLeft,
});

const KEEPS_SYSTEM: Readonly<Record<LifeEvent['what'], boolean>> = {
  wiped: false,
  replaced: false,
  're-enrolled': true,
  unenrolled: true,
};

/** What macOS itself was at, enrolled or not. */
const systemOf = ({ scanEndsAt, scannedAt, candidates, download, install }: MacState): Partial<MacState> => ({
  scanEndsAt,
  scannedAt,
  candidates,
  download,
  install,
});
