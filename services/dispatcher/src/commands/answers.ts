import {
  availableUpdates,
  type ChainedError,
  type ConnectReport,
  deviceInformation,
  type Parsed,
  scanInitiated,
  securityInfo,
  updateResults,
  updateStatuses,
} from '@managed-os/apple-mdm';
import type { Fact } from '@managed-os/contracts';
import { brief, factsOf } from '../facts/observations.js';
import type { Facts } from '../facts/device.decider.js';
import type { CommandKind, QueuedCommand } from '../tables.js';

type Answered = Fact<'CommandAnswered'>;
export type MdmError = Answered['errors'][number];
export type Outcome = 'acknowledged' | 'error' | 'format_error';

// Together they keep the longest answer, every character escaped, below what an event may hold.
const MOST_ITEMS = 64;
const MOST_RESULTS = 16;
const MOST_ERRORS = 4;
const LONGEST_TEXT = 128;
const [INT32_MIN, INT32_MAX] = [-(2 ** 31), 2 ** 31 - 1];

/** What a status ends a command with; `undefined`: it is not the end of it. */
export const outcomeOf = (status: string): Outcome | undefined =>
  (({ Acknowledged: 'acknowledged', Error: 'error', CommandFormatError: 'format_error' }) as const)[status];

/** What a Mac's report means for the command it answers. */
export interface Answer {
  readonly outcome: Outcome;
  readonly errors: readonly MdmError[];
  /** What it says of the Mac. */
  readonly seen: Partial<Facts>;
  readonly statuses: Fact<'WatchReported'>['statuses'];
  readonly result: Pick<Answered, 'available' | 'results' | 'scanInitiated'>;
  /** Apple's word for whether the bootstrap token may be used. */
  readonly bootstrapTokenAllowed?: string;
}

/**
 * Reads the answer to a command of this kind. An acknowledged answer that cannot be read becomes an error in our own
 * name: refusing it would make the Mac repeat it for ever.
 */
export const answerOf = (kind: CommandKind, outcome: Outcome, report: ConnectReport): Answer => {
  const nothing: Answer = {
    outcome,
    errors: errorsOf(report.errors),
    seen: {},
    statuses: [],
    result: { available: [], results: [] },
  };
  if (outcome !== 'acknowledged') return nothing;
  const { keys } = report;
  switch (kind) {
    case 'scan': {
      const initiated = scanInitiated(keys);
      return {
        ...nothing,
        result: { ...nothing.result, ...(initiated !== undefined && { scanInitiated: initiated }) },
      };
    }
    case 'available':
      return read(availableUpdates(keys), nothing, (updates) => ({
        result: { ...nothing.result, available: updates.slice(0, MOST_ITEMS).map(availableOf) },
      }));
    case 'download':
    case 'install':
      return {
        ...nothing,
        result: { ...nothing.result, results: updateResults(keys).slice(0, MOST_RESULTS).map(resultOf) },
      };
    case 'watch_status':
      return read(updateStatuses(keys), nothing, (statuses) => ({
        statuses: statuses.slice(0, MOST_ITEMS).map((item) => ({
          ...item,
          productKey: short(item.productKey),
          status: short(item.status),
        })),
      }));
    case 'declarations':
      // Taken is not applied: that is for status reports to tell (trap 9 of Apple's protocol).
      return nothing;
    case 'daily_security':
      return read(securityInfo(keys), nothing, ({ bootstrapTokenAllowedForAuthentication: allowed }) => ({
        ...(allowed !== undefined && { bootstrapTokenAllowed: brief(allowed) }),
      }));
    case 'inventory':
    case 'daily_inventory':
    case 'watch_inventory':
      return read(deviceInformation(keys), nothing, (said) => ({ seen: factsOf(said) }));
  }
};

/** What whoever requested the command is told. */
export const commandAnswered = (command: RequestedCommand, answer: Answer): Answered => ({
  type: 'CommandAnswered',
  ...refOf(command),
  outcome: answer.outcome,
  errors: answer.errors,
  ...answer.result,
  ...(answer.seen.osVersion !== undefined && { osVersion: answer.seen.osVersion }),
  ...(answer.seen.osBuild !== undefined && { osBuild: answer.seen.osBuild }),
});

/** A command that somebody else asked for, by the reference that they know it by. */
export type RequestedCommand = QueuedCommand & {
  readonly request_id: string;
  readonly obligation_id: string;
  readonly attempt: number;
  readonly try: number;
};

/** The database holds that a request has its obligation, attempt and try. */
export const isRequested = (command: QueuedCommand): command is RequestedCommand => command.request_id !== null;

export const refOf = (command: RequestedCommand) => ({
  deviceId: command.device_id,
  commandId: command.command_id,
  command: {
    obligationId: command.obligation_id,
    attempt: command.attempt,
    kind: command.kind,
    try: command.try,
  },
});

const read = <T>(parsed: Parsed<T>, nothing: Answer, use: (value: T) => Partial<Answer>): Answer => {
  if (parsed.ok) return { ...nothing, ...use(parsed.value) };
  const { code, path } = parsed.refusal;
  const error = { code: 0, domain: 'managed-os', description: brief(`unreadable answer: ${code} at ${path}`) };
  return { ...nothing, outcome: 'error', errors: [...nothing.errors, error] };
};

export const errorsOf = (chain: readonly ChainedError[]): readonly MdmError[] =>
  chain.slice(0, MOST_ERRORS).map(({ code, domain, description }) => ({
    code: Math.min(INT32_MAX, Math.max(INT32_MIN, Math.trunc(code))),
    domain: brief(domain),
    description: brief(description),
  }));

const short = (text: string): string => brief(text, LONGEST_TEXT);

const availableOf = (item: ParsedItem<typeof availableUpdates>): Answered['available'][number] => ({
  ...item,
  productKey: short(item.productKey),
  version: short(item.version),
  ...(item.build !== undefined && { build: short(item.build) }),
  ...(item.name !== undefined && { name: short(item.name) }),
});

const resultOf = (item: ReturnType<typeof updateResults>[number]): Answered['results'][number] => ({
  productKey: short(item.productKey),
  installAction: short(item.installAction),
  status: short(item.status),
  errors: errorsOf(item.errors),
});

type ParsedItem<F extends (...args: never[]) => Parsed<readonly unknown[]>> = Extract<
  ReturnType<F>,
  { ok: true }
>['value'][number];
