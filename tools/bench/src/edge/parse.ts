import { parsePlist } from '@managed-os/apple-mdm';
import type { Open } from '../contestant.js';
import { drive } from '../measure/drive.js';
import { ACKNOWLEDGEMENT, UPDATES } from './documents.js';

const AT_A_TIME = 20;

/** One caller that has the same bytes read again and again. */
export const reading =
  (body: Buffer, read: (body: Buffer) => void): Open =>
  (_, load) =>
    Promise.resolve({
      round: () =>
        drive(load, () => {
          for (let times = 0; times < AT_A_TIME; times++) read(body);
          return Promise.resolve(AT_A_TIME);
        }),
      close: () => Promise.resolve(),
    });

const read = (body: Buffer): void => {
  const parsed = parsePlist(body);
  if (!parsed.ok) throw new Error(parsed.refusal.detail);
};

export const openAcknowledgement = reading(ACKNOWLEDGEMENT, read);
export const openUpdates = reading(UPDATES, read);
