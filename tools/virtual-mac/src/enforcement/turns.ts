import type { MacState } from '../state.js';
import type { Turn } from '../turn.js';
import { type Work, working } from './enforcement.js';
import { noticeAfter } from './notices.js';
import { reconsidered } from './reconsider.js';
import { isQuiet } from './wanted.js';
import { attempted, downloadBegun, installedByUser, updatePrepared } from './work.js';

/** What happens of itself because of declarations. While the update installs, that alone goes on. */
export const enforcementTurns = ({ enforced, install, lookAgainAt }: MacState): readonly Turn[] => {
  const look: readonly Turn[] = lookAgainAt === null ? [] : [{ at: lookAgainAt, apply: reconsidered }];
  if (!enforced || (install !== null && install.by !== 'mdm')) return look;
  return [
    ...look,
    ...workTurns(enforced.work),
    { at: enforced.attemptAt, apply: attempted },
    ...(enforced.noticeAt === null ? [] : [{ at: enforced.noticeAt, apply: noticed }]),
  ];
};

const workTurns = (work: Work): readonly Turn[] => {
  switch (work.stage) {
    case 'waiting':
      return [{ at: work.until, apply: downloadBegun }];
    case 'downloading':
      return [{ at: work.until, apply: updatePrepared }];
    case 'prepared':
      return work.userAt === null ? [] : [{ at: work.userAt, apply: installedByUser }];
    case 'download_failed':
      return [{ at: work.retryAt, apply: downloadBegun }];
    case 'install_failed':
      return [];
  }
};

const noticed: Turn['apply'] = (mac, state, at) => {
  if (!state.enforced) return state;
  const noticeAt = noticeAfter(mac, state.enforced.attemptAt, at, isQuiet(mac, state));
  return { ...working(state, { noticeAt }), notices: state.notices + 1 };
};
