import type { Note } from './reconcile.js';
import type { BusDatabase } from './tables.js';

/** The relay's note in the service's database: a hint that the stream corrects, never the other way round. */
export class RelayNote {
  constructor(
    private readonly db: BusDatabase,
    private readonly stream: string,
  ) {}

  async read(): Promise<Note> {
    const row = await this.db.selectFrom('relay').selectAll().where('stream', '=', this.stream).executeTakeFirst();
    return row
      ? { epoch: row.epoch, position: BigInt(row.position), sequence: BigInt(row.sequence) }
      : { epoch: '', position: 0n, sequence: 0n };
  }

  /** Moves forward only, within one life of the store: of two relays the slower one changes nothing. */
  async advance(note: Note): Promise<void> {
    const values = valuesOf(note);
    await this.db
      .insertInto('relay')
      .values({ stream: this.stream, ...values })
      .onConflict((conflict) =>
        conflict
          .column('stream')
          .doUpdateSet(values)
          .where('relay.epoch', 'in', ['', values.epoch])
          .where('relay.sequence', '<=', values.sequence)
          .where('relay.position', '<', values.position),
      )
      .execute();
  }

  /** The stream lost its tail: the note goes back with it. */
  async rewind(note: Note): Promise<void> {
    await this.db
      .updateTable('relay')
      .set({ position: String(note.position), sequence: String(note.sequence) })
      .where('stream', '=', this.stream)
      .execute();
  }

  /** Whatever stood there before: the stream begins anew. */
  async write(note: Note): Promise<void> {
    const values = valuesOf(note);
    await this.db
      .insertInto('relay')
      .values({ stream: this.stream, ...values })
      .onConflict((conflict) => conflict.column('stream').doUpdateSet(values))
      .execute();
  }
}

const valuesOf = ({ epoch, position, sequence }: Note) => ({
  epoch,
  position: String(position),
  sequence: String(sequence),
});
