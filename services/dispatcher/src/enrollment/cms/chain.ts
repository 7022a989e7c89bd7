import type { X509Certificate } from 'node:crypto';
import { type Instant, toMillis } from '@managed-os/kernel';

/** Of certificates between a Mac's and an anchor: a hostile tangle must not cost more than a moment. */
const LONGEST = 3;

/**
 * Whether one of the anchors issued a certificate, itself or through intermediates that came along. An anchor is believed
 * because somebody configured it: whether it is a root, and whether it has expired, does not matter.
 */
export const chainsTo = (
  certificate: X509Certificate,
  others: readonly X509Certificate[],
  anchors: readonly X509Certificate[],
  length = LONGEST,
): boolean =>
  anchors.some((anchor) => isIssued(certificate, anchor)) ||
  (length > 0 &&
    others.some(
      (other) =>
        other.ca &&
        isIssued(certificate, other) &&
        chainsTo(
          other,
          others.filter((rest) => rest !== other),
          anchors,
          length - 1,
        ),
    ));

const isIssued = (certificate: X509Certificate, by: X509Certificate): boolean =>
  certificate.checkIssued(by) && certificate.verify(by.publicKey);

export const isValidAt = ({ validFrom, validTo }: X509Certificate, at: Instant): boolean =>
  Date.parse(validFrom) <= toMillis(at) && toMillis(at) <= Date.parse(validTo);

const CLIENT = '1.3.6.1.5.5.7.3.2';
const ANY = '2.5.29.37.0';

/** Whether it may stand for a client: one that is meant for other uses only must not speak as a Mac. */
export const isForClients = ({ keyUsage, ca }: X509Certificate): boolean =>
  !ca && (keyUsage === undefined || keyUsage.includes(CLIENT) || keyUsage.includes(ANY));
