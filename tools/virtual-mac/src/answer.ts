import { addMillis, type Instant } from '@managed-os/kernel';
import { afterAwake, awakeFrom } from './awake.js';
import { drawMinutes } from './chance.js';
import { userKeys } from './check-in.js';
import { malformed, NEVER_PUT_OFF, readCommand, type Refusal, type RequestType } from './commands.js';
import { syncAsked } from './declarations/sync.js';
import type { Mac } from './fleet.js';
import { queryResponses, removedQueries, securityInfo } from './inventory.js';
import { type Dict, encode, isDict } from './plist.js';
import { isNapping, isNappingOnBattery } from './power.js';
import { scheduleUpdate } from './schedule-update.js';
import { type Candidate, type MacState, type Status, type Unsent, withDefect } from './state.js';
import { osUpdateStatus, statusShown } from './update-reports.js';
import { isManagedByDeclaration } from './updates.js';

interface Answer {
  readonly state: MacState;
  readonly payload: Dict;
}

interface Asked {
  readonly uuid: string;
  readonly requestType: string;
  readonly command: Dict;
}

/** The command in the server's decoded body; `undefined` when there is none to obey. */
const askedIn = ({ CommandUUID: uuid, Command: command }: Dict): Asked | undefined =>
  typeof uuid === 'string' && isDict(command) && typeof command['RequestType'] === 'string'
    ? { uuid, requestType: command['RequestType'], command }
    : undefined;

const NO_COMMAND = malformed('a command needs CommandUUID and Command.RequestType');

/** Even what is no command may have a name to answer to. */
const nameIn = ({ CommandUUID: uuid }: Dict): string | undefined => (typeof uuid === 'string' ? uuid : undefined);

/** The Mac obeys a command as far as it can, and the answer is its unsent message. `reply` is the server's decoded body. */
export const answerCommand = (mac: Mac, state: MacState, reply: Dict, at: Instant): MacState => {
  const asked = askedIn(reply);
  if (!asked) return refused(mac, state, nameIn(reply), NO_COMMAND, at);
  const { uuid, command } = asked;
  if (state.notNowLeft > 0) {
    return unsent(mac, { ...state, notNowLeft: state.notNowLeft - 1 }, uuid, 'NotNow', {});
  }
  if (isNappingOnBattery(mac, at) && !NEVER_PUT_OFF.includes(asked.requestType)) {
    return unsent(mac, state, uuid, 'NotNow', {});
  }
  const read = readCommand(mac, state, command);
  if ('refusal' in read) return refused(mac, counted(state, command), uuid, read.refusal, at);
  const answer = obey(mac, counted(state, command), read.requestType, command, at);
  return unsent(mac, answer.state, uuid, 'Acknowledged', answer.payload);
};

/** The same for the user's channel, where commands for the Mac itself are out of place. */
export const answerUser = (
  mac: Mac,
  state: MacState,
  reply: Dict,
  at: Instant,
): { readonly state: MacState; readonly unsent: Unsent } => {
  const refuse = (uuid: string | undefined, refusal: Refusal) => ({
    state: noting(state, refusal, at),
    unsent: messageOf(mac, uuid, refusal.status, { ...userKeys(mac), ...errorChain(refusal) }),
  });
  const asked = askedIn(reply);
  if (!asked) return refuse(nameIn(reply), NO_COMMAND);
  const read = readCommand(mac, state, asked.command, 'user');
  if ('refusal' in read) return refuse(asked.uuid, read.refusal);
  if (read.requestType === 'DeclarativeManagement') return refuse(asked.uuid, NO_USER_DECLARATIONS);
  const answer = obey(mac, state, read.requestType, asked.command, at);
  const payload = { ...userKeys(mac), ...answer.payload };
  return { state: answer.state, unsent: messageOf(mac, asked.uuid, 'Acknowledged', payload) };
};

const NO_USER_DECLARATIONS: Refusal = {
  status: 'Error',
  code: 12021,
  text: 'The users of this test bed hold no declarations.',
};

const obey = (mac: Mac, state: MacState, requestType: RequestType, command: Dict, at: Instant): Answer => {
  switch (requestType) {
    case 'DeviceInformation':
      return informed(mac, state, texts(command['Queries']), at);
    case 'SecurityInfo':
      return { state, payload: { SecurityInfo: securityInfo(mac, state) } };
    case 'DeclarativeManagement':
      return { state: syncAsked(state, bytes(command['Data']), at), payload: {} };
    case 'ScheduleOSUpdateScan':
      return { state: scanning(mac, state, at), payload: { ScanInitiated: true } };
    case 'AvailableOSUpdates':
      return { state, payload: { AvailableOSUpdates: available(state).map((found) => listed(mac, found)) } };
    case 'ScheduleOSUpdate':
      return scheduled(mac, state, dicts(command['Updates']), at);
    case 'OSUpdateStatus':
      return { state: statusShown(state), payload: { OSUpdateStatus: [...osUpdateStatus(mac, state, at)] } };
  }
};

const available = (state: MacState): readonly Candidate[] => (isManagedByDeclaration(state) ? [] : state.candidates);

const informed = (mac: Mac, state: MacState, queries: readonly string[], at: Instant): Answer => ({
  state: removedQueries(state, queries).reduce(
    (noted, query) =>
      withDefect(noted, at, 'removed-query', `${query} is gone from macOS ${state.osVersion} (trap 25)`),
    state,
  ),
  payload: { QueryResponses: queryResponses(mac, state, queries, at) },
});

const bytes = (value: unknown): Uint8Array | undefined => (value instanceof Uint8Array ? value : undefined);
const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
const dicts = (value: unknown): readonly Dict[] => (Array.isArray(value) ? value.filter(isDict) : []);

/** About a minute; a scan that is running goes on. */
const scanning = (mac: Mac, state: MacState, at: Instant): MacState => {
  if (state.scanEndsAt !== null) return state;
  const count = state.answered['ScheduleOSUpdateScan'] ?? 0;
  return { ...state, scanEndsAt: afterAwake(mac, at, drawMinutes(mac, 'scan', count, 0.7, 1.3)) };
};

const listed = (mac: Mac, candidate: Candidate): Dict => ({
  ProductKey: candidate.productKey,
  HumanReadableName: `macOS ${candidate.version}`,
  HumanReadableNameLocale: 'en-US',
  Version: candidate.version,
  Build: candidate.build,
  DownloadSize: Math.round(candidate.sizeMb * 1_000_000),
  AppIdentifiersToClose: [],
  IsCritical: false,
  RestartRequired: true,
  AllowsInstallLater: true,
  IsConfigDataUpdate: false,
  IsFirmwareUpdate: false,
  IsMajorOSUpdate: candidate.major,
  IsSecurityResponse: false,
  ...(mac.architecture === 'apple_silicon' ? { RequiresBootstrapToken: true } : {}),
});

const scheduled = (mac: Mac, state: MacState, updates: readonly Dict[], at: Instant): Answer =>
  updates.reduce<{ state: MacState; payload: { UpdateResults: Dict[] } }>(
    (before, update) => {
      const { state: next, result } = scheduleUpdate(mac, before.state, update, at);
      return { state: next, payload: { UpdateResults: [...before.payload.UpdateResults, result] } };
    },
    { state, payload: { UpdateResults: [] } },
  );

const counted = (state: MacState, command: Dict): MacState => {
  const actions = dicts(command['Updates']).map((update) => `ScheduleOSUpdate ${String(update['InstallAction'])}`);
  const answered = { ...state.answered };
  for (const key of [String(command['RequestType']), ...actions]) answered[key] = (answered[key] ?? 0) + 1;
  return { ...state, answered };
};

const refused = (mac: Mac, state: MacState, uuid: string | undefined, refusal: Refusal, at: Instant): MacState =>
  unsent(mac, noting(state, refusal, at), uuid, refusal.status, errorChain(refusal));

const noting = (state: MacState, { defect, text }: Refusal, at: Instant): MacState =>
  defect ? withDefect(state, at, defect, text) : state;

const errorChain = ({ code, text }: Refusal): Dict => ({
  ErrorChain: [
    { ErrorCode: code, ErrorDomain: 'MCMDMErrorDomain', LocalizedDescription: text, USEnglishDescription: text },
  ],
});

const unsent = (mac: Mac, state: MacState, uuid: string | undefined, status: Status, payload: Dict): MacState => ({
  ...state,
  unsent: messageOf(mac, uuid, status, payload),
});

const messageOf = (mac: Mac, uuid: string | undefined, status: Status, payload: Dict): Unsent => ({
  status,
  body: encode({ UDID: mac.udid, Status: status, ...(uuid === undefined ? {} : { CommandUUID: uuid }), ...payload }),
});

/** The message with which a Mac begins a conversation. */
export const idle = (mac: Mac, state: MacState): MacState =>
  unsent(mac, { ...state, wantsToConnect: false }, undefined, 'Idle', {});

/** The server has nothing more to say: the last message is delivered, and after NotNow the Mac comes back by itself. */
export const conversationOver = (mac: Mac, state: MacState, at: Instant): MacState => ({
  ...state,
  unsent: null,
  pollAt: state.unsent?.status === 'NotNow' ? conditionsChangeAt(mac, at) : null,
});

const conditionsChangeAt = (mac: Mac, at: Instant): Instant =>
  isNapping(mac, at) ? awakeFrom(mac, at) : addMillis(at, mac.notNow.minutes * 60_000);
