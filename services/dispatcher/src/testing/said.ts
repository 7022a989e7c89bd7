import { string } from './test-mac.js';

/** What Macs say in their answers, written by hand from Apple's protocol. */
export const scanned = '<key>ScanInitiated</key><true/>';

export const available = `<key>AvailableOSUpdates</key><array><dict>${string('ProductKey', 'MSU')}${string('Version', '12.6')}</dict></array>`;

export const result = (status: string, action = 'InstallASAP'): string =>
  `<key>UpdateResults</key><array><dict>${string('ProductKey', 'MSU')}${string('InstallAction', action)}${string('Status', status)}</dict></array>`;

export const chain = `<key>ErrorChain</key><array><dict><key>ErrorCode</key><integer>12021</integer>${string('ErrorDomain', 'MCMDMErrorDomain')}${string('USEnglishDescription', 'Unknown command')}</dict></array>`;
