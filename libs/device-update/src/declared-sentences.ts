import type { Sentence, StageSentence, When } from './sentences.js';
import type { Stage } from './stage.js';
import { declaredFor, isOwnUpdate, rankOf, type UpdateState } from './state.js';

/** The stages whose words differ where macOS does it by itself because of a declaration (row 8, section 6b). */
export const DECLARED_STAGES: Readonly<Partial<Record<Stage, StageSentence>>> = {
  prompting: (state, when) => {
    const time = timeOf(state, when);
    const { who, text } = told(state);
    return { ...time, who, text: `${text}; ${time.text}.${otherPending(state)}` };
  },
  caching: (state, when) => {
    const time = timeOf(state, when);
    const now = state.attempt?.own?.installState === 'waiting' ? 'is about to download' : 'downloads';
    return { ...time, who: 'mac', text: `The Mac ${now} ${versionOf(state)} by itself; ${time.text}.` };
  },
  cached: (state, when) => {
    const time = timeOf(state, when);
    return {
      ...time,
      who: 'user',
      text: `${versionOf(state)} is ready on the Mac and the user may install it; ${time.text}.`,
    };
  },
  installing: (state) => ({ who: 'mac', text: `The Mac installs ${versionOf(state)}; a long wait is expected.` }),
  waiting_for_apple: (state) => ({
    who: 'apple',
    reason: 'not_offered',
    text: `Apple does not offer ${versionOf(state)} any more; it is declared to the Mac again when Apple does.`,
  }),
};

/** How far the declaration has come; delivered is not in force (X11). */
const told = (state: UpdateState): Sentence => {
  const version = versionOf(state);
  switch (state.attempt?.declaration?.state) {
    case 'in_force':
      return {
        who: 'user',
        text: `${version} is declared and in force: macOS prompts by itself, and the user may install it before`,
      };
    case 'fetched':
    case 'not_in_force':
      return { who: 'mac', text: `The Mac fetched the declaration of ${version} and has not put it in force` };
    default:
      return { who: 'mac', text: `${version} is declared to the Mac, which has not fetched that yet` };
  }
};

const otherPending = ({ attempt }: UpdateState): string => {
  const pending = attempt?.own?.pendingVersion;
  return attempt && pending !== undefined && !isOwnUpdate(attempt, pending)
    ? ` The Mac has macOS ${pending} pending.`
    : '';
};

const versionOf = ({ attempt }: UpdateState): string => `macOS ${attempt?.version ?? ''}`;

interface Time {
  readonly text: string;
  readonly at?: string;
  readonly reason?: string;
}

/** When macOS enforces it: on the Mac's own clock, whose zone the server may not know (section 6a). */
const timeOf = (state: UpdateState, when: When): Time => {
  const { attempt, standing } = state;
  const declared = declaredFor(attempt?.obligationId, state);
  if (declared === undefined) return { text: 'macOS enforces it at the deadline' };
  const { targetLocalDateTime, latest, zone } = declared;
  const wall = targetLocalDateTime.slice(0, 16).replace('T', ' ');
  const known = zone !== undefined;
  const where = known ? ` (${zone})` : `, wherever it is: ${when(latest)} at the latest`;
  const late = rankOf(standing?.phase ?? '') < rankOf('overdue') ? '' : ', or an hour after its next start';
  return {
    text: `macOS enforces it at ${wall} on the Mac's own clock${where}${late}`,
    at: latest,
    ...(!known && { reason: 'device_zone_unknown' }),
  };
};
