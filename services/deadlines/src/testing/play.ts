import type { DeadlinesEvent, Fact } from '@managed-os/contracts';
import { byPolicy, release } from '@managed-os/enforcement/testing';
import { obligations } from '../obligations/obligations.decider.js';
import type { ObligationsInput, TimerDue } from '../obligations/obligations.input.js';
import { nothingOwed, type Obligations, type Purpose } from '../obligations/obligations.state.js';
import { type Look, looked, timerDue } from './looked.js';

/** Plays inputs one after the other and keeps what was told; timers are named by their purpose. */
export const play = () => {
  let state: Obligations = nothingOwed;
  const history: DeadlinesEvent[] = [];
  const step = (input: ObligationsInput): readonly DeadlinesEvent[] => {
    const decision = obligations.decide(input, state);
    const events = decision.kind === 'accepted' ? decision.events : [];
    state = events.reduce((s, e) => obligations.evolve(s, e), state);
    history.push(...events);
    return events;
  };
  const script = {
    look: (look: Look = {}) => step(looked(look)),
    fire: (purpose: Purpose, now: string, more?: Partial<Pick<TimerDue, 'setAt' | 'upSince'>>) =>
      step(timerDue(state.timers[purpose]?.timerId ?? 'none', now, more)),
    history,
    state: () => state,
  };
  return script;
};
export const names = (events: readonly DeadlinesEvent[]): readonly string[] =>
  events.map((e) => ('purpose' in e ? `${e.type} ${e.purpose}` : e.type));
export const one = <N extends DeadlinesEvent['type']>(events: readonly DeadlinesEvent[], name: N): Fact<N> => {
  const found = events.find((e) => e.type === name);
  if (!found) throw new Error(`no ${name} in ${names(events).join(', ')}`);
  return found as Fact<N>;
};

export const june = [release('12.2', '2022-06-01', { build: '21D49' })];
export const policy = (deadlineDate: string, minimumVersion = '12.2') =>
  byPolicy(minimumVersion, { deadlineDate, time: '14:00', clock: { zone: 'UTC' } });
export const OPENED = ['ObligationOpened', 'PlanChanged', 'TimerSet notify_from', 'TimerSet deadline'];
