import type { Actor } from './describe.js';
import { relabel } from './failures.js';
import { failureHolding, type Stage } from './stage.js';
import { rankOf, type UpdateState } from './state.js';

export interface Sentence {
  readonly who: Actor;
  readonly text: string;
}

export type When = (at: string) => string;
/** Who acts next, what happens, and when. */
export type StageSentence = (
  state: UpdateState,
  when: When,
) => Sentence & { readonly at?: string; readonly reason?: string };

export const NOT_DUE: Readonly<Record<string, Sentence>> = {
  not_managed: { who: 'nobody', text: 'Its updates are not managed; nothing happens.' },
  compliant: {
    who: 'nobody',
    text: 'It was seen at or above the version that is required; nothing happens until a newer one is.',
  },
  above_required: {
    who: 'nobody',
    text: 'It runs a later major version than the one that is required; nothing happens, macOS is never downgraded.',
  },
  unknown: {
    who: 'mac',
    text: 'Its macOS version or architecture is not known yet; nothing is decided on a guess until the Mac tells.',
  },
};

const BY_HAND = 'Somebody has to update it by hand.';

export const INCOMPATIBLE: Readonly<Record<string, Sentence>> = {
  hardware_unsupported: {
    who: 'admin',
    text: 'Apple offers no release for this hardware that would do. Replace the Mac or ask for an older macOS.',
  },
  bootstrap_token_updates_broken: {
    who: 'admin',
    text: `On Apple silicon, update commands that a bootstrap token authorises are broken before macOS 11.4. ${BY_HAND}`,
  },
  os_too_old: { who: 'admin', text: `macOS before 10.13 has no way to be updated by management. ${BY_HAND}` },
  update_tools_broken: {
    who: 'admin',
    text: `macOS 11.0 and 11.1 can be updated neither by the softwareupdate tool nor by MDM; both are broken there. ${BY_HAND}`,
  },
  minor_update_required_first: {
    who: 'admin',
    text: 'It has to be updated to 11.5 or later before it can be upgraded, and the settings forbid two steps.',
  },
};

export const BLOCKED: Readonly<Record<string, Sentence>> = {
  not_enrolled: { who: 'admin', text: 'It is not enrolled in MDM; enroll it.' },
  not_supervised: {
    who: 'admin',
    text: 'It is not supervised, and macOS takes update commands from supervised Macs only; enroll it through Automated Device Enrollment.',
  },
  bootstrap_token_missing: {
    who: 'user',
    text: 'No bootstrap token is escrowed, so nothing can be installed unattended; it comes when an administrator of the Mac logs in.',
  },
  agent_missing: {
    who: 'admin',
    text: 'This macOS version is updated by our agent, which is not on the Mac; install it.',
  },
  no_intermediate_release: {
    who: 'apple',
    text: 'It needs an intermediate release first, and Apple offers none for this Mac.',
  },
};

/** Blocked, and declared all the same (row 8). */
export const PURSUED: Readonly<Record<string, Sentence>> = {
  bootstrap_token_missing: {
    who: 'user',
    text: 'No bootstrap token is escrowed, so nothing can be installed unattended. It is declared to the Mac all the same, and a volume owner can authorise it; the token comes when an administrator of the Mac logs in.',
  },
};

const versionOf = ({ attempt, standing }: UpdateState): string => `macOS ${attempt?.version ?? standing?.target ?? ''}`;

/** What is to happen at the deadline, for a Mac whose time has not come. */
const atDeadline = ({ standing }: UpdateState, when: When): { readonly text: string; readonly at?: string } =>
  standing?.deadline === undefined
    ? { text: 'it is installed at the deadline' }
    : { text: `it is installed after the deadline, ${when(standing.deadline)}`, at: standing.deadline };

const isWaitedFor = ({ attempt }: UpdateState): boolean => attempt?.awaiting !== undefined;

export const STAGES: Readonly<Record<Stage, StageSentence>> = {
  waiting: ({ standing }, when) =>
    standing?.notifyFrom === undefined
      ? { who: 'us', text: 'Nothing happens yet.' }
      : { who: 'us', text: `Nothing happens until ${when(standing.notifyFrom)}.`, at: standing.notifyFrom },
  caching: (state, when) => {
    const { attempt } = state;
    const end = rankOf(state.standing?.phase ?? '') >= rankOf('countdown_over');
    const then = end ? { text: 'it is installed as soon as it is there' } : atDeadline(state, when);
    const now = attempt?.download
      ? `The Mac downloads ${versionOf(state)} (${Math.round(attempt.download.percent * 100)} %)`
      : attempt?.candidate
        ? `The Mac is asked to download ${versionOf(state)}`
        : `The Mac is asked whether Apple offers it ${versionOf(state)}`;
    return { ...then, who: 'mac', text: `${now}; ${then.text}.` };
  },
  cached: (state, when) => {
    const then = atDeadline(state, when);
    return { ...then, who: 'us', text: `${versionOf(state)} is on the Mac; ${then.text}.` };
  },
  cached_assumed: (state, when) => {
    const then = atDeadline(state, when);
    return {
      ...then,
      who: 'us',
      text: `${versionOf(state)} counts as downloaded, because the Mac does not go on downloading it; ${then.text}.`,
    };
  },
  prompting: (state, when) => {
    const then = atDeadline(state, when);
    return {
      ...then,
      who: 'user',
      text: `${versionOf(state)} downloads when it is started; unless the user starts it, ${then.text}.`,
    };
  },
  countdown: (state, when) => {
    const ends = state.attempt?.unprompted?.countdownEnds;
    return {
      who: 'us',
      text: `The deadline has passed and the countdown runs; ${versionOf(state)} is installed ${ends === undefined ? 'at its end' : `at its end, about ${when(ends)}`}.`,
      ...(ends !== undefined && { at: ends }),
    };
  },
  installing: (state) =>
    isWaitedFor(state)
      ? { who: 'mac', text: `The Mac installs ${versionOf(state)} when it takes the command.`, ...notBefore(state) }
      : {
          who: 'mac',
          text: `The Mac installs ${versionOf(state)}; download and install are one action, so a long wait is expected.`,
        },
  restarting: (state) => ({
    who: 'mac',
    text: `The Mac took ${versionOf(state)} and does not answer: it is probably restarting.`,
  }),
  verifying: () => ({ who: 'us', text: 'The version was seen on the Mac; what it still owes is being worked out.' }),
  failed: ({ attempt }, when) => {
    const { kind = '', cause = '', said = '', retryAt, count } = (attempt && failureHolding(attempt)) ?? {};
    const { cause: reason, whoActs, remedy } = relabel(cause, said);
    const words = said === '' ? '' : ` The Mac said: "${said}".`;
    const again = retryAt === undefined ? byItself(kind, count) : ` It is tried again at ${when(retryAt)}.`;
    return { who: whoActs, reason, text: `${remedy}${words}${again}`, ...(retryAt !== undefined && { at: retryAt }) };
  },
  waiting_for_apple: (state, when) => {
    const again = state.attempt?.awaiting?.notBefore;
    const looked = (state.attempt?.looks ?? 0) > 0;
    const text = looked
      ? `Apple does not offer ${versionOf(state)} to this Mac yet`
      : `The Mac is asked whether Apple offers it ${versionOf(state)}`;
    return {
      who: looked ? 'apple' : 'mac',
      ...(looked && { reason: 'not_offered' }),
      text: again === undefined ? `${text}.` : `${text}; it looks at ${when(again)}.`,
      ...(again !== undefined && { at: again }),
    };
  },
};

/** What goes on without us after a failure. */
export const byItself = (kind: string, count: number | undefined): string => {
  if (kind !== 'update') return '';
  return ` ${count !== undefined && count > 1 ? `It has failed ${count} times; ` : ''}macOS tries again by itself.`;
};

const notBefore = ({ attempt }: UpdateState): { readonly at?: string } =>
  attempt?.awaiting?.notBefore === undefined ? {} : { at: attempt.awaiting.notBefore };
