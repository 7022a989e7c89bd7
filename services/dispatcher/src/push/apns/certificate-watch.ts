import type { DevicesEvent } from '@managed-os/contracts';
import type { EventStore } from '@managed-os/event-store';
import { type Clock, type Instant, reactionId } from '@managed-os/kernel';
import type { Logger } from '@managed-os/service-host';
import { metrics } from '@opentelemetry/api';
import { SERVICE } from '../../facts/cause.js';
import { expiryOf } from './expiry.js';
import type { PushCertificate } from './push-certificate.js';

const daysLeft = metrics.getMeter('@managed-os/dispatcher').createGauge('mos.push.certificate.days_left');

const HOUR = 3_600_000;
/** With fewer days than this the service counts as degraded. */
const WORRY = 7;

/**
 * Tells in time that the push certificate runs out, and that it is refused: in the log at start and every day, as a metric,
 * and as events, once however many replicas there are. Certificates live in real time.
 */
export class CertificateWatch {
  private logged: number | undefined;

  constructor(
    private readonly certificate: PushCertificate,
    private readonly store: EventStore<DevicesEvent>,
    private readonly clock: Clock,
    private readonly log: Logger,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.runOnce(this.clock.real.now());
      await this.clock.real.sleep(HOUR, signal);
    }
  }

  /** `now` in real time. */
  async runOnce(now: Instant): Promise<void> {
    const { topic, expiresAt, fingerprint } = this.certificate;
    const { daysLeft: left, told } = expiryOf(expiresAt, now);
    daysLeft.record(left, { topic });
    if (this.logged !== left) {
      this.logged = left;
      const facts = { topic, expiresAt, fingerprint, daysLeft: left };
      if (told === undefined) this.log.info(facts, 'the push certificate');
      else
        this.log[left < WORRY ? 'error' : 'warn'](
          facts,
          'the push certificate runs out: renew it, with the same topic',
        );
    }
    if (told === undefined) return;
    const event: DevicesEvent = { type: 'PushCertificateExpiring', topic, expiresAt, daysLeft: left };
    await this.append(event, 'expiring', told);
  }

  /** The push service did not take it. Told once a day at most. */
  async refused(reason: string): Promise<void> {
    const { topic } = this.certificate;
    await this.append({ type: 'PushCertificateRefused', topic, reason }, 'refused', this.clock.real.now().slice(0, 10));
  }

  /** Whether it is good for a while yet. */
  lasts(now: Instant): boolean {
    return expiryOf(this.certificate.expiresAt, now).daysLeft >= WORRY;
  }

  private async append(event: DevicesEvent, ...what: readonly (string | number)[]): Promise<void> {
    const { topic, fingerprint } = this.certificate;
    const messageId = reactionId('push_certificate', fingerprint, ...what);
    await this.store.append({
      stream: `push_certificate-${topic.replaceAll('.', '_')}`,
      expected: 'any',
      events: [event],
      cause: {
        correlationId: messageId,
        actor: SERVICE,
        time: this.clock.now(),
        idOf: (index) => reactionId(messageId, index),
      },
      once: { consumer: 'push_certificate', messageId },
    });
  }
}
