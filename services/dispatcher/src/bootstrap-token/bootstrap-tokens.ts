import type { Db, Enrollment } from '../tables.js';
import { seal, unseal } from './sealing.js';

/** The tokens that let an Apple-silicon Mac install without a person. Encrypted at rest, in no log and in no event. */
export class BootstrapTokens {
  constructor(
    private readonly db: Db,
    private readonly key: Buffer,
  ) {}

  /** Keeps the token in place of any earlier one; no token deletes the one that is kept. */
  async set({ device_id, number }: Enrollment, token: Uint8Array | undefined): Promise<void> {
    await this.db
      .updateTable('enrollments')
      .set(
        token === undefined
          ? { bootstrap_token: null, bootstrap_token_number: null }
          : { bootstrap_token: seal(token, this.key, device_id), bootstrap_token_number: number },
      )
      .where('device_id', '=', device_id)
      .execute();
  }

  /** Throws `TokenDoesNotOpen` rather than answer that there is none. */
  get({ device_id, bootstrap_token }: Enrollment): Buffer | undefined {
    return bootstrap_token === null ? undefined : unseal(bootstrap_token, this.key, device_id);
  }

  /** Whether a token of the present enrollment is kept; one of an earlier enrollment may have been made worthless by an erase. */
  escrowed({ bootstrap_token_number, number }: Enrollment): boolean {
    return bootstrap_token_number === number;
  }
}
