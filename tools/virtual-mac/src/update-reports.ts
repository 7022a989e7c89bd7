import type { Instant } from '@managed-os/kernel';
import { draw } from './chance.js';
import type { Mac } from './fleet.js';
import type { Dict } from './plist.js';
import type { MacState } from './state.js';
import { isManagedByDeclaration, progressOf } from './updates.js';

const item = (productKey: string, progress: number, status: string): Dict => ({
  ProductKey: productKey,
  IsDownloaded: progress === 1,
  DownloadPercentComplete: Math.floor(progress * 10_000) / 10_000,
  Status: status,
});

/** What OSUpdateStatus lists; empty when nothing is in progress, or when the Mac does not tell (S20, S23, S25). */
export const osUpdateStatus = (mac: Mac, state: MacState, at: Instant): readonly Dict[] => {
  const { download, install } = state;
  if (isManagedByDeclaration(state)) return [];
  if (install) return installItems(mac, state, at);
  if (!download || download.report === 'silent') return [];
  const progress = progressOf(mac, download, at);
  switch (download.report) {
    case 'honest':
      return [item(download.productKey, progress, progress < 1 ? 'Downloading' : 'Idle')];
    case 'still':
      return [item(download.productKey, 0.02 + 0.3 * draw(mac, 'stands at', download.attempts), 'Downloading')];
    case 'vanishing':
      return download.shown < 1 + Math.floor(2 * draw(mac, 'vanishes after', download.attempts))
        ? [item(download.productKey, Math.min(progress, 0.6), 'Downloading')]
        : [];
  }
};

const installItems = (mac: Mac, { download, install }: MacState, at: Instant): readonly Dict[] => {
  if (!install || download?.report === 'vanishing') return [];
  const ours = download?.productKey === install.candidate.productKey ? download : null;
  const progress = ours ? progressOf(mac, ours, at) : 1;
  const working = progress < 1 ? 'Downloading' : 'Installing';
  return [item(install.candidate.productKey, progress, install.stage === 'user_needed' ? 'Idle' : working)];
};

/** The report was given. */
export const statusShown = (state: MacState): MacState =>
  state.download ? { ...state, download: { ...state.download, shown: state.download.shown + 1 } } : state;
