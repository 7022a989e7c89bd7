import type { MacState } from './state.js';

/** What a person watching the fleet would want to hear about a change. */
export const notable = (before: MacState, after: MacState): readonly string[] => [
  ...(after.life > before.life ? ['begins a new life'] : []),
  ...(after.enrollment === before.enrollment ? [] : [enrollmentLine(after)]),
  ...(after.escrowed && !before.escrowed ? ['bootstrap token escrowed'] : []),
  ...(after.scannedAt === before.scannedAt ? [] : [`scan finds ${offered(after)}`]),
  ...(after.download && after.download.attempts !== (before.download?.attempts ?? 0)
    ? [`downloads ${after.download.productKey} (asked ${after.download.attempts} times)`]
    : []),
  ...(after.install && after.install.stage !== before.install?.stage ? [installLine(after.install)] : []),
  ...enforcementLines(before.enforced, after.enforced),
  ...(after.notices > before.notices ? [noticeLine(after)] : []),
  ...(after.installs > before.installs ? [`runs macOS ${after.osVersion} (${after.osBuild})`] : []),
  ...after.defects
    .slice(after.defectCount === before.defectCount ? after.defects.length : -1)
    .map((defect) => `DEFECT of the server: ${defect.kind}: ${defect.detail}`),
];

const enforcementLines = (before: MacState['enforced'], after: MacState['enforced']): readonly string[] => {
  if (!after) return [];
  const { candidate, identifier, targetLocalDateTime, failure, work } = after;
  const isNew = identifier !== before?.identifier || targetLocalDateTime !== before.targetLocalDateTime;
  return [
    ...(isNew ? [`is to run macOS ${candidate.version} by ${targetLocalDateTime} because of ${identifier}`] : []),
    ...(failure && failure.count !== before?.failure?.count ? [`failure ${failure.count}: ${failure.reason}`] : []),
    ...(work.stage === before?.work.stage ? [] : [`macOS ${candidate.version} is ${work.stage.replace('_', ' ')}`]),
  ];
};

const noticeLine = ({ enforced }: MacState): string =>
  `tells its user that macOS ${enforced?.candidate.version} will be installed at ${enforced?.attemptAt}`;

const enrollmentLine = ({ enrollment }: MacState): string =>
  enrollment === 'dropped' ? 'ENROLLMENT DROPPED' : `enrollment: ${enrollment}`;

const offered = ({ candidates }: MacState): string =>
  candidates.map((candidate) => candidate.version).join(', ') || 'nothing';

const installLine = (install: NonNullable<MacState['install']>): string => {
  const { version } = install.candidate;
  switch (install.stage) {
    case 'preparing':
      return `prepares macOS ${version}`;
    case 'authorizing':
      return `asks for its bootstrap token to install macOS ${version}`;
    case 'user_needed':
      return `waits for a user's password to install macOS ${version}`;
    case 'committing':
      return `installs macOS ${version}`;
    case 'restarting':
      return `restarts into macOS ${version}`;
  }
};
