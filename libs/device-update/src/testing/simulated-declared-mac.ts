import type { Fact } from '@managed-os/contracts';
import { type Instant, latest, wallClockToInstant } from '@managed-os/kernel';
import {
  declarationFetched,
  declarationOffered,
  declarationReported,
  declaredPlan,
  updateState,
} from './declared-inputs.js';
import {
  countdownEnded,
  DEADLINE,
  deadlineReached,
  factsChanged,
  idlePlan,
  later,
  NOTIFY_FROM,
  notifyFromReached,
} from './inputs.js';
import { type Life, simulate, type World } from './simulation.js';

/** How one Mac of macOS 14 or later behaves. */
export interface DeclaredBehaviour {
  /** Where the Mac is, and whether it tells. */
  readonly zone: string;
  readonly tellsZone: boolean;
  /** It fetches what is offered only so many minutes later. */
  readonly asleep: number;
  /** So many installs fail first, an hour apart. */
  readonly failingInstalls: number;
  /** The user installs it so many minutes after it is ready; macOS forces it at the declared time otherwise. */
  readonly userInstallsAfter: number;
  /** The item is assigned so many minutes after the deadline. */
  readonly lateBy: number;
}

export const ORDINARY_DECLARED: DeclaredBehaviour = {
  zone: 'Europe/Paris',
  tellsZone: true,
  asleep: 0,
  failingInstalls: 0,
  userInstallsAfter: Infinity,
  lateBy: 0,
};

/** One Mac that macOS updates by itself because of a declaration, and when macOS forced that. */
export const liveDeclared = (mac: DeclaredBehaviour): Life & { readonly forcedAt: Instant | undefined } => {
  let forcedAt: Instant | undefined;
  const state = (word: string, at: Instant, failures = 0) =>
    updateState(word, failures === 0 ? {} : { failure: { count: failures, reason: 'BatteryTooLow' } }, at);

  const onDeclared = (event: Fact<'DeclarationRequested'>, now: Instant, { soon }: World): void => {
    const key = `${event.attempt}/${event.try}`;
    const ref = { obligationId: event.obligationId, attempt: event.attempt, try: event.try };
    const tell = (at: Instant, input: () => ReturnType<typeof state>): void => soon(at, key, input);
    const fetched = later(now, 2 + mac.asleep);
    const ready = later(fetched, 60);
    const target = wallClockToInstant(
      event.targetLocalDateTime.slice(0, 10),
      event.targetLocalDateTime.slice(11, 16),
      mac.zone,
    );
    tell(later(now, 1), () => declarationOffered(ref, key, later(now, 1)));
    tell(fetched, () => declarationFetched(ref, key, fetched));
    tell(later(fetched, 1), () => declarationReported({ declaration: ref, serverToken: key }, later(fetched, 1)));
    tell(later(fetched, 10), () => state('downloading', later(fetched, 10)));
    tell(ready, () => state('prepared', ready));
    const byUser = Number.isFinite(mac.userInstallsAfter) ? later(ready, mac.userInstallsAfter) : target;
    const forced = byUser >= target;
    let at = forced ? latest(target, ready) : byUser;
    for (let failures = 1; failures <= mac.failingInstalls; failures++) {
      const failed = at;
      tell(failed, () => state('failed', failed, failures));
      at = later(failed, 60);
    }
    const installing = at;
    tell(installing, () => {
      if (forced) forcedAt = installing;
      return state('installing', installing);
    });
    const done = later(installing, 40);
    tell(done, () => factsChanged('15.8.1', 2, mac.tellsZone ? { timeZone: mac.zone } : {}, done));
    soon(later(done, 1), 'plan', () =>
      idlePlan('compliant', { factsRevision: 2, osVersion: '15.8.1' }, later(done, 1)),
    );
  };

  const start = mac.lateBy > 0 ? later(DEADLINE, mac.lateBy) : later(NOTIFY_FROM, -1_440);
  const facts = factsChanged('15.7.1', 1, mac.tellsZone ? { timeZone: mac.zone } : {}, start);
  const timers = [notifyFromReached, deadlineReached, countdownEnded].map((timer) => timer(latest(timer().at, start)));
  const life = simulate([facts, declaredPlan({}, start), ...timers], (event, now, world) => {
    if (event.type === 'DeclarationRequested') onDeclared(event, now, world);
    if (event.type === 'DeclarationWithdrawn') world.cancel((key) => key === `${event.attempt}/${event.try}`);
  });
  return { ...life, forcedAt };
};
