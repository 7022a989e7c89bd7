import { decode, type Dict, encode } from '../plist.js';
import { type Answer, commandBody, type Heard } from './tiny-mdm-server.js';

/**
 * An MDM server's simplest mind: check-ins are accepted, bootstrap tokens kept and given back, and a Mac below `target`
 * is asked its version, told to scan and to install, in every conversation anew (so it hears InstallASAP again and again).
 */
export class Desk {
  readonly tokens = new Map<string, Uint8Array>();
  /** Push token and magic by UDID. */
  readonly addresses = new Map<string, { readonly token: string; readonly magic: string }>();
  /** Results by CommandUUID, in the order they came. */
  readonly results = new Map<string, Dict[]>();
  private count = 0;

  constructor(private readonly target: string | undefined) {}

  readonly answer = (heard: Heard): Answer => {
    const { message } = heard;
    const body = heard.path === '/mdm/checkin' ? this.checkIn(message) : this.next(message);
    return body === undefined ? { status: 200 } : { status: 200, body };
  };

  private checkIn(message: Dict): string | undefined {
    const udid = String(message['UDID']);
    const { BootstrapToken: token, Token: push, PushMagic: magic } = message;
    switch (message['MessageType']) {
      case 'TokenUpdate':
        if (push instanceof Uint8Array) {
          this.addresses.set(udid, { token: Buffer.from(push).toString('hex'), magic: String(magic) });
        }
        return undefined;
      case 'SetBootstrapToken':
        if (token instanceof Uint8Array) this.tokens.set(udid, token);
        return undefined;
      case 'GetBootstrapToken':
        return encode({ BootstrapToken: this.tokens.get(udid) ?? new Uint8Array() });
      default:
        return undefined;
    }
  }

  private next(message: Dict): string | undefined {
    const uuid = message['CommandUUID'];
    if (typeof uuid === 'string') this.results.set(uuid, [...(this.results.get(uuid) ?? []), message]);
    if (this.target === undefined || message['Status'] === 'NotNow') return undefined;
    if (message['Status'] === 'Idle') return this.command({ RequestType: 'DeviceInformation', Queries: ['OSVersion'] });
    const { QueryResponses: responses } = message;
    if (responses !== undefined) {
      const version =
        typeof responses === 'object' && responses !== null && 'OSVersion' in responses && responses.OSVersion;
      return version === this.target ? undefined : this.command({ RequestType: 'ScheduleOSUpdateScan', Force: true });
    }
    if (message['ScanInitiated'] === undefined) return undefined;
    const update = { ProductVersion: this.target, InstallAction: 'InstallASAP' };
    return this.command({ RequestType: 'ScheduleOSUpdate', Updates: [update] });
  }

  private command(command: Dict): string {
    return commandBody(`00000000-0000-4000-8000-${String((this.count += 1)).padStart(12, '0')}`, command);
  }
}

/** The desk without a network. */
export const toDesk = (desk: Desk, to: 'checkin' | 'connect', body: string): { status: number; body: Buffer } => {
  const message = decode(Buffer.from(body)) ?? {};
  const answer = desk.answer({ path: `/mdm/${to}`, contentType: '', identity: undefined, message });
  return { status: answer.status, body: Buffer.from(answer.body ?? '') };
};
