import type { Fact } from '@managed-os/contracts';
import { addMillis, type Instant, parseInstant, without } from '@managed-os/kernel';
import { deviceUpdate, type UpdateFact, type UpdateInput } from '../decider.js';
import { watchIdOf } from '../requests.js';
import type { UpdateEvent, UpdateState } from '../state.js';

/** One Mac on 12.3 that owes 12.5.1 by 16 September 2022, 16:00 in Paris; each builder turns one knob. */
export const MAC = '10000000-0000-4000-8000-000000000001';
export const OBLIGATION = '20000000-0000-4000-8000-000000000001';
export const OTHER_OBLIGATION = '20000000-0000-4000-8000-000000000002';
export const ITEM = '30000000-0000-4000-8000-000000000001';
export const BLUEPRINT = '40000000-0000-4000-8000-000000000001';
export const PRODUCT = 'MSU_UPDATE_21G83_patch_12.5.1_minor';

export const time = (text: string): Instant => {
  const at = parseInstant(text);
  if (!at) throw new RangeError(text);
  return at;
};
export const START = time('2022-09-10T06:00:00Z');
export const NOTIFY_FROM = time('2022-09-11T14:00:00Z');
export const DEADLINE = time('2022-09-16T14:00:00Z');
export const COUNTDOWN_END = time('2022-09-16T14:30:00Z');
export const later = (at: Instant, minutes: number): Instant => addMillis(at, minutes * 60_000);

const TIMER = '50000000-0000-4000-8000-000000000001';
const COMMAND = '60000000-0000-4000-8000-000000000001';

export const input = (fact: UpdateFact, at: Instant = START): UpdateInput => ({ fact, at });

export const plan = (change: Partial<Fact<'PlanChanged'>> = {}, at: Instant = START): UpdateInput =>
  input(
    {
      type: 'PlanChanged',
      deviceId: MAC,
      status: 'due',
      row: '9',
      obligation: obligation(),
      openObligations: 1,
      target: { version: '12.5.1', build: '21G83' },
      steps: [{ mechanism: 'mdm_download_install', version: '12.5.1', build: '21G83', preCache: true }],
      warnings: [],
      factsRevision: 1,
      osVersion: '12.3',
      agentInstalled: false,
      itemId: ITEM,
      itemRevision: 1,
      blueprintId: BLUEPRINT,
      ...change,
    },
    at,
  );

export const obligation = (
  change: Partial<NonNullable<Fact<'PlanChanged'>['obligation']>> = {},
): NonNullable<Fact<'PlanChanged'>['obligation']> => ({
  obligationId: OBLIGATION,
  version: '12.5.1',
  openedBy: 'policy',
  deadline: DEADLINE,
  notifyFrom: NOTIFY_FROM,
  deadlineLocal: '2022-09-16T16:00:00',
  zone: 'Europe/Paris',
  ...change,
});

/** The plan of row 10: one action, nothing cached before. */
export const upgradePlan = (change: Partial<Fact<'PlanChanged'>> = {}): UpdateInput =>
  plan({
    row: '10',
    osVersion: '11.6',
    steps: [{ mechanism: 'mdm_install_asap', version: '12.5.1', build: '21G83', preCache: false }],
    ...change,
  });

/** A plan that owes nothing, or can do nothing and names no obligation. */
export const idlePlan = (status: string, change: Partial<Fact<'PlanChanged'>> = {}, at?: Instant): UpdateInput => {
  const { fact, at: when } = plan({ status, openObligations: 0, steps: [], ...change }, at);
  return input(fact.type === 'PlanChanged' ? without(fact, 'obligation', 'target', 'row') : fact, when);
};

const timer =
  <N extends 'NotifyFromReached' | 'DeadlineReached' | 'CountdownEnded'>(type: N, dueAt: Instant) =>
  (at: Instant = dueAt, obligationId = OBLIGATION): UpdateInput =>
    input({ type, deviceId: MAC, obligationId, timerId: TIMER, dueAt, lateSeconds: 0 }, at);

export const notifyFromReached = timer('NotifyFromReached', NOTIFY_FROM);
export const deadlineReached = timer('DeadlineReached', DEADLINE);
export const countdownEnded = timer('CountdownEnded', COUNTDOWN_END);

export const factsChanged = (
  osVersion: string,
  factsRevision = 2,
  change: Partial<Fact<'DeviceFactsChanged'>> = {},
  at: Instant = START,
): UpdateInput =>
  input(
    {
      type: 'DeviceFactsChanged',
      deviceId: MAC,
      factsRevision,
      architecture: 'arm64',
      osVersion,
      supervised: true,
      mdmEnrolled: true,
      bootstrapTokenEscrowed: true,
      agentInstalled: false,
      observedAt: at,
      ...change,
    },
    at,
  );

type Command = NonNullable<Fact<'CommandAnswered'>['command']>;
export const command = (kind: string, number = 1, attempt = 1, obligationId = OBLIGATION): Command => ({
  obligationId,
  attempt,
  kind,
  try: number,
});

/** What the Mac answered to a command; acknowledged unless told otherwise. */
export const answered = (
  ref: Command,
  change: Partial<Fact<'CommandAnswered'>> = {},
  at: Instant = later(NOTIFY_FROM, 10),
): UpdateInput =>
  input(
    {
      type: 'CommandAnswered',
      deviceId: MAC,
      commandId: COMMAND,
      command: ref,
      outcome: 'acknowledged',
      errors: [],
      available: [],
      results: [],
      ...change,
    },
    at,
  );

export const notSent = (ref: Command, reason: string, at: Instant = later(COUNTDOWN_END, 10)): UpdateInput =>
  input({ type: 'CommandNotSent', deviceId: MAC, commandId: COMMAND, command: ref, reason }, at);

type Available = Fact<'CommandAnswered'>['available'][number];
export const offered = (version = '12.5.1', change: Partial<Available> = {}): Available => ({
  productKey: PRODUCT,
  version,
  build: '21G83',
  majorOsUpdate: false,
  configDataUpdate: false,
  firmwareUpdate: false,
  requiresBootstrapToken: true,
  securityResponse: false,
  ...change,
});

type Result = Fact<'CommandAnswered'>['results'][number];
export const result = (status: string, change: Partial<Result> = {}): Result => ({
  productKey: PRODUCT,
  installAction: 'DownloadOnly',
  status,
  errors: [],
  ...change,
});

export const mdmError = (description: string, code = 12021, domain = 'MCMDMErrorDomain') => ({
  code,
  domain,
  description,
});

type Status = Fact<'WatchReported'>['statuses'][number];
export const progressing = (percentComplete: number, change: Partial<Status> = {}): Status => ({
  productKey: PRODUCT,
  isDownloaded: false,
  percentComplete,
  status: 'Downloading',
  ...change,
});

export const watchId = (subject: 'download' | 'install', number = 1, attempt = 1): string =>
  watchIdOf(MAC, attempt, subject, number);

export const reported = (
  id: string,
  report: number,
  statuses: readonly Status[] = [],
  at: Instant = later(NOTIFY_FROM, 10 + 10 * report),
  change: Partial<Fact<'WatchReported'>> = {},
): UpdateInput =>
  input(
    { type: 'WatchReported', deviceId: MAC, watchId: id, report, statuses, unchanged: 0, errors: [], ...change },
    at,
  );

export const watchSilent = (id: string, at: Instant = later(COUNTDOWN_END, 300)): UpdateInput =>
  input({ type: 'WatchSilent', deviceId: MAC, watchId: id, since: at }, at);

export const watchStopped = (id: string, at: Instant = later(COUNTDOWN_END, 20_160)): UpdateInput =>
  input({ type: 'WatchStopped', deviceId: MAC, watchId: id }, at);

/** The scan, and the list that names the update. */
export const candidateFound = (number = 1): readonly UpdateInput[] => [
  answered(command('scan', number)),
  answered(command('available', number), { available: [offered()] }, later(NOTIFY_FROM, 12)),
];

/** A download try from its answer to its being stuck: the update never shows up in three reports. */
export const stuckTry = (number: number): readonly UpdateInput[] => {
  const from = later(NOTIFY_FROM, 20 + 100 * number);
  return [
    answered(command('download', number), { results: [result('Downloading')] }, from),
    ...[1, 2, 3].map((n) => reported(watchId('download', number), n, [], later(from, 10 * n))),
  ];
};

/** The events that a history of facts leads to: what a stream holds after them. */
export const played = (...inputs: readonly (UpdateInput | readonly UpdateInput[])[]): readonly UpdateEvent[] => {
  let state: UpdateState = deviceUpdate.initial;
  return (inputs.flat() as readonly UpdateInput[]).flatMap((each) => {
    const decision = deviceUpdate.decide(each, state);
    const events = decision.kind === 'accepted' ? decision.events : [];
    state = events.reduce(deviceUpdate.evolve, state);
    return events;
  });
};
