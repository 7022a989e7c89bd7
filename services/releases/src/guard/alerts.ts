import type { ReleasesEvent } from '@managed-os/contracts';
import type { Handled } from '@managed-os/event-store';
import { metrics } from '@opentelemetry/api';

const quarantined = metrics.getMeter('@managed-os/releases').createCounter('mos.releases.quarantined');

/** Where alerts go; a pino logger is one. */
export interface AlertLog {
  warn(facts: object, message: string): void;
}

/** Tells an operator, once, of each proposal that came into quarantine by this decision. */
export const alert = (handled: Handled<ReleasesEvent, string>, log: AlertLog): void => {
  if (handled.kind === 'rejected') return;
  for (const event of handled.events) {
    if (event.type !== 'ProposalQuarantined') continue;
    const { proposalId, reasons, macs, change } = event;
    quarantined.add(1, { reason: reasons[0] ?? 'unknown' });
    const facts = { proposalId, reasons, macs, change: change?.change, version: change?.version, build: change?.build };
    log.warn(facts, 'a change of Apple’s feed is in quarantine: approve or reject it');
  }
};
