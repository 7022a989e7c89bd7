/** `Pulse` of the loop that pushes. */
export const PUSHER_PULSE = Symbol('PUSHER_PULSE');
/** `Pulse` of the loop that watches time pass. */
export const UPKEEP_PULSE = Symbol('UPKEEP_PULSE');
/** `HandleDevice`: load, decide and append on a Mac's stream. */
export const HANDLE_DEVICE = Symbol('HANDLE_DEVICE');
/** `Identify`: who sent a request. */
export const IDENTIFY = Symbol('IDENTIFY');
/** `Offer | undefined`: what `/enroll` hands out. */
export const OFFER = Symbol('OFFER');
/** `Push`. */
export const PUSH = Symbol('PUSH');
/** `Rest`: how long pushing pauses. */
export const PUSH_REST = Symbol('PUSH_REST');
/** `PushCertificate`; `undefined` when Macs are not woken through APNs. */
export const PUSH_CERTIFICATE = Symbol('PUSH_CERTIFICATE');
/** `CertificateWatch`; `undefined` as `PUSH_CERTIFICATE` is. */
export const CERTIFICATE_WATCH = Symbol('CERTIFICATE_WATCH');
