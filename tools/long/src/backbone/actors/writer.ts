import { deadlines, type DeadlinesEvent } from '@managed-os/contracts';
import { type Append, PgEventStore, RefusedAppend } from '@managed-os/event-store';
import { reactionId, realTime, SystemClock } from '@managed-os/kernel';
import { factOf } from '../facts.js';
import { type Answer, type Ask, isFinal, Journal, readJournal } from '../journal.js';
import { asked, log, settingsOf } from './life.js';
import { nextAsk, shouldRepeat } from './next-ask.js';

/** Appends to the first store, and writes down what it asked for and what it was answered. */
export interface WriterSettings {
  readonly name: string;
  readonly databaseUrl: string;
  readonly journal: string;
  readonly seed: string;
  readonly macs: number;
  readonly appendsPerSecond: number;
}

const AT_ONCE = 16;
const AGAIN_MS = 300;

const settings = settingsOf<WriterSettings>();
const ending = asked();
const clock = new SystemClock();
const before = readJournal(settings.journal);
const journal = new Journal(settings.journal);
const store = new PgEventStore<DeadlinesEvent>({
  databaseUrl: settings.databaseUrl,
  schema: 'deadlines',
  context: deadlines,
  clockReal: realTime,
  log,
});
/** The last revision this process heard of, per stream. */
const heads = new Map<string, bigint>();

const appendOf = ({ stream, expected, messageId, mac, time, events }: Ask): Append<DeadlinesEvent> => ({
  stream,
  expected: expected === 'any' || expected === 'no-stream' ? expected : BigInt(expected),
  events: events.map(({ type, number }) => factOf(type, mac, number)),
  cause: {
    correlationId: reactionId('correlation', events[0]?.id ?? ''),
    actor: `user:${settings.name}`,
    time,
    idOf: (index) => events[index]?.id ?? '',
  },
  ...(messageId !== undefined && { once: { consumer: 'writers', messageId } }),
});

const once = async (ask: Ask): Promise<Answer> => {
  try {
    const outcome = await store.append(appendOf(ask));
    if (outcome.kind !== 'done') return outcome;
    heads.set(ask.stream, outcome.revision);
    return { kind: 'done', revision: String(outcome.revision) };
  } catch (error) {
    if (error instanceof RefusedAppend) return { kind: 'refused', reason: error.reason };
    log.warn({ error, n: ask.n }, 'no answer');
    return { kind: 'unknown' };
  }
};

/** Until it is known what became of it. */
const carryOut = async (ask: Ask): Promise<void> => {
  for (;;) {
    const answer = await once(ask);
    journal.answer(ask.n, answer);
    if (isFinal(answer)) break;
    await realTime.sleep(AGAIN_MS);
  }
  if (shouldRepeat(settings, ask)) journal.answer(ask.n, await once(ask));
};

/** Appends of one Mac one after the other, those of several side by side. */
const byMac = new Map<string, Promise<void>>();
const inHand = new Set<Promise<void>>();
const begin = async (mac: string, work: () => Promise<void>): Promise<void> => {
  const all = (byMac.get(mac) ?? Promise.resolve()).then(work);
  byMac.set(mac, all);
  inHand.add(all);
  void all.then(() => inHand.delete(all));
  if (inHand.size >= AT_ONCE) await Promise.race(inHand);
};

for (const { ask, answers } of before) {
  if (answers.some(isFinal)) continue;
  journal.answer(ask.n, { kind: 'unknown' });
  await begin(ask.mac, () => carryOut(ask));
}
// Not the last one's: a Mac's asks wait for each other, so they are not written down in the order of their numbers.
const mostAsked = before.reduce((most, { ask }) => Math.max(most, ask.n), 0);
for (let n = mostAsked + 1; !ending.aborted; n++) {
  const { mac, askWith } = nextAsk(settings, n);
  await begin(mac, async () => {
    const ask = askWith(clock.now(), (stream) => heads.get(stream));
    journal.ask(ask);
    await carryOut(ask);
  });
  await realTime.sleep(1_000 / settings.appendsPerSecond, ending);
}
await Promise.all(inHand);
await store.close();
journal.close();
