import { addMillis, type Instant } from '@managed-os/kernel';
import { answerCommand } from '../answer.js';
import type { Mac } from '../fleet.js';
import { bootstrapTokenGiven } from '../installing.js';
import { advance } from '../life.js';
import { parseFleet } from '../parse-fleet.js';
import { decode, type Dict, isDict } from '../plist.js';
import { type MacState, newState } from '../state.js';

export const START = '2022-09-10T06:00:00.000Z' as Instant;

const MAC = {
  serial: 'C02AAAA00001',
  name: 'lab-1',
  model: 'MacBookPro18,3',
  softwareUpdateDeviceId: 'J314sAP',
  architecture: 'apple_silicon',
  osVersion: '12.4',
  osBuild: '21F79',
};

export const RELEASES = [
  { version: '11.6.8', build: '20G730', released: '2022-07-20T17:00:00Z', sizeMb: 2400 },
  { version: '12.5', build: '21G72', released: '2022-07-20T17:00:00Z', sizeMb: 2400 },
  { version: '12.5.1', build: '21G83', released: '2022-08-17T17:00:00Z', sizeMb: 1200 },
  { version: '12.6', build: '21G115', released: '2022-09-12T17:00:00Z', sizeMb: 2500 },
];

export const aFleetOf = (...macs: readonly object[]): ReturnType<typeof parseFleet> =>
  parseFleet({ seed: 'spec', releases: RELEASES, macs: macs.map((mac) => ({ ...MAC, ...mac })) });

export const aMac = (change: object = {}): Mac => {
  const mac = aFleetOf(change).macs[0];
  if (!mac) throw new Error('no Mac');
  return mac;
};

export const ON_11 = { osVersion: '11.6', osBuild: '20G165' };
export const INTEL = { architecture: 'intel', model: 'MacBookPro16,1', softwareUpdateDeviceId: 'J152fAP' };

/** One enrolled Mac without a network: commands in, answers out, and time passes when the spec says so. */
export class OneMac {
  now: Instant = START;
  state: MacState;
  private count = 0;

  constructor(readonly mac: Mac) {
    this.state = { ...newState(mac), enrollment: 'enrolled', escrowed: mac.bootstrapToken };
  }

  /** Apple silicon is given its bootstrap token as soon as it asks. */
  pass(minutes: number): this {
    this.now = addMillis(this.now, Math.round(minutes * 60_000));
    this.state = advance(this.mac, this.state, this.now);
    if (this.state.install?.stage === 'authorizing') {
      this.state = bootstrapTokenGiven(this.mac, this.state, true, this.state.install.askAt);
      this.state = advance(this.mac, this.state, this.now);
    }
    return this;
  }

  command(command: Dict, uuid = `command-${(this.count += 1)}`): Dict {
    this.state = answerCommand(this.mac, this.state, { CommandUUID: uuid, Command: command }, this.now);
    return decode(Buffer.from(this.state.unsent?.body ?? '')) ?? {};
  }

  scan(): this {
    this.command({ RequestType: 'ScheduleOSUpdateScan', Force: true });
    return this.pass(2);
  }

  offers(): readonly Dict[] {
    return dictsOf(this.command({ RequestType: 'AvailableOSUpdates' })['AvailableOSUpdates']);
  }

  schedule(version: string, action: string): Dict {
    const productKey = this.state.candidates.find((found) => found.version === version)?.productKey;
    const update = { ProductKey: productKey ?? `key of ${version}`, InstallAction: action };
    const answer = this.command({ RequestType: 'ScheduleOSUpdate', Updates: [update] });
    return dictsOf(answer['UpdateResults'])[0] ?? answer;
  }

  status(): readonly Dict[] {
    return dictsOf(this.command({ RequestType: 'OSUpdateStatus' })['OSUpdateStatus']);
  }

  query(...queries: string[]): Dict {
    const answer = this.command({ RequestType: 'DeviceInformation', Queries: queries })['QueryResponses'];
    return isDict(answer) ? answer : {};
  }
}

const dictsOf = (value: unknown): readonly Dict[] => (Array.isArray(value) ? value.filter(isDict) : []);
