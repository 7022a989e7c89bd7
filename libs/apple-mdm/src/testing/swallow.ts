import { parseCheckin } from '../checkin.js';
import { parseConnect } from '../connect.js';
import { parseEndpoint } from '../declarations/endpoint.js';
import { declarationsFor } from '../declarations/set.js';
import { deviceInformation } from '../device-information.js';
import { parseMachineInfo } from '../enrollment/machine-info.js';
import { canonicalJson } from '../json/canonical.js';
import type { Parsed } from '../plist/refusal.js';
import { availableUpdates, securityInfo, updateResults, updateStatuses } from '../results.js';
import { clientCapabilities } from '../status-report/capabilities.js';
import { declarationStates, isInForce } from '../status-report/declaration-states.js';
import { LARGEST_STATUS, mergeStatus } from '../status-report/merge.js';
import { installedBuild, operatingSystem } from '../status-report/operating-system.js';
import { parseStatusReport, type StatusReport } from '../status-report/report.js';
import type { Status } from '../status-report/status.js';
import { updateState } from '../status-report/update-state.js';

export interface Swallowed {
  readonly accepted: number;
  /** What is known of the Mac afterwards. */
  readonly status: Status;
}

/** Gives a body to everything that reads bodies. Throws for whatever is not as promised. */
export const swallow = (body: Uint8Array, known: Status): Swallowed => {
  const [checkin, connect] = [judged(parseCheckin(body)), judged(parseConnect(body))];
  const [machine, report] = [judged(parseMachineInfo(body)), judged(parseStatusReport(body))];
  if (checkin?.type === 'DeclarativeManagement') {
    parseEndpoint(checkin.endpoint);
    if (checkin.data) judged(parseStatusReport(checkin.data));
  }
  if (connect) {
    for (const read of [availableUpdates, deviceInformation, securityInfo, updateStatuses])
      judged<unknown>(read(connect.keys));
    updateResults(connect.keys);
  }
  return {
    accepted: [checkin, connect, machine, report].filter((value) => value !== undefined).length,
    status: report ? merged(known, report) : known,
  };
};

const judged = <T>(parsed: Parsed<T>): T | undefined => {
  if (parsed.ok) return parsed.value;
  const { detail, path } = parsed.refusal;
  if (detail === '' || (path !== '' && !path.startsWith('/'))) throw new Error('a refusal without reason or place');
  return undefined;
};

const merged = (known: Status, report: StatusReport): Status => {
  const status = mergeStatus(known, report);
  const text = canonicalJson(status);
  if (text !== canonicalJson(JSON.parse(text))) throw new Error('a status that a store would change');
  if (/\\u0000|\\ud[89a-f]/.test(text)) throw new Error('a status that a store would refuse');
  if (text.length > LARGEST_STATUS) throw new Error('a status that is too large');
  if (text !== canonicalJson(mergeStatus(status, report)))
    throw new Error('a report that came twice did more than once');
  const { targetLocalDateTime = '' } = updateState(status).pending ?? {};
  if (/[Z.+]/.test(targetLocalDateTime)) throw new Error('a wall clock with a zone or a fraction');
  installedBuild(operatingSystem(status));
  declarationStates(status).filter(isInForce);
  const client = { osVersion: '26.6', supervised: true, capabilities: clientCapabilities(status) };
  declarationsFor(client, { settings: { notifications: true } }, () => 'token');
  return status;
};
