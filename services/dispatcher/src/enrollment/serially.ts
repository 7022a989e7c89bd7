import type { Db, Tx } from '../tables.js';

/**
 * One transaction about one Mac, after every other one about it: the rows of a Mac are only locked together behind the
 * lock of its enrollment, so that no two writers ever wait for each other.
 */
export const serially = <T>(db: Db, deviceId: string, work: (tx: Tx) => Promise<T>): Promise<T> =>
  db.transaction().execute(async (tx) => {
    await tx.selectFrom('enrollments').select('device_id').where('device_id', '=', deviceId).forUpdate().execute();
    return work(tx);
  });
