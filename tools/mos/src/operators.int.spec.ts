import { type Delivered, dead, done, type Settlement } from '@managed-os/event-bus';
import { realTime } from '@managed-os/kernel';
import { eventually } from '@managed-os/kernel/testing';
import {
  mac,
  reach,
  type Reached,
  reachedService,
  startTestService,
  type TestService,
} from '@managed-os/service-host/testing';
import { connectApi } from './api.js';
import { commands } from './commands.js';
import { createOutput } from './output.js';
import { runProgram } from './program.js';
import { noInput } from './testing/input.js';

const TOKEN = 'the-token-of-this-run';
const MAC = mac(1);

let service: TestService;
let poisoned: boolean;
let handled: number[];
let printed: string;

const handle = ({ data }: Delivered<Reached>): Promise<Settlement> => {
  if (poisoned) return Promise.resolve(dead('makes no sense'));
  handled.push(data.lateSeconds);
  return Promise.resolve(done);
};

/** The exit code; what was complained about is printed too. */
const mos = (line: string): Promise<number> => {
  printed = '';
  const print = (text: string): void => void (printed += text);
  const tools = (json: boolean) => ({
    api: connectApi(service.url, TOKEN),
    out: createOutput({ json, width: 100, out: print, err: print, live: false }),
    input: noInput,
    real: realTime,
  });
  return runProgram(commands, line.split(' '), tools, { out: print, err: print });
};

const letters = async (which = ''): Promise<readonly { readonly letterId: string }[]> => {
  await mos(`dead-letters list --context deadlines --json ${which}`.trim());
  return (JSON.parse(printed) as { items: readonly { readonly letterId: string }[] }).items;
};

beforeAll(async () => {
  service = await startTestService(reachedService(handle), { env: { LOCAL_TOKEN: TOKEN, LOG_LEVEL: 'fatal' } });
});
beforeEach(async () => {
  handled = [];
  poisoned = true;
  for (let n = 0; n < 3; n++) await reach(service, MAC, n);
  await eventually(async () => (await letters()).length === 3, 'three letters');
});
afterEach(async () => {
  poisoned = false;
  const [first] = await letters();
  if (first) await mos(`dead-letters redeliver deadlines ${first.letterId}`);
});
afterAll(() => service.close());

describe('mos against a service', () => {
  it('lists, shows, discards and redelivers dead letters', async () => {
    const [first] = await letters();
    expect(await mos('dead-letters list --context deadlines')).toBe(0);
    expect(printed).toContain(`deadlines ${first?.letterId}`);
    expect(await mos(`dead-letters show deadlines ${first?.letterId}`)).toBe(0);
    expect(printed).toContain('"lateSeconds": 0');
    expect(await mos(`dead-letters discard deadlines ${first?.letterId} --reason a-bug-of-ours`)).toBe(0);
    expect(printed).toContain('2 letters of its token wait');
    expect(await mos(`dead-letters redeliver deadlines ${first?.letterId}`)).toBe(1);
    expect(printed).toContain('failed again: makes no sense');
    poisoned = false;
    expect(await mos(`dead-letters redeliver deadlines ${first?.letterId}`)).toBe(0);
    expect(printed).toBe('2 letters redelivered, no letters wait still\n');
    expect(handled).toEqual([1, 2]);
    expect(await mos('dead-letters list --context deadlines --settled')).toBe(0);
    expect(printed).toContain('a-bug-of-ours');
    expect(await mos('dead-letters show deadlines 99999')).toBe(1);
    expect(printed).toContain('404 There is no dead letter of this number.');
    expect(await mos(`dead-letters discard deadlines ${first?.letterId} --reason no`)).toBe(1);
    expect(printed).toContain('reason must have 3 to 1000 characters');
  });

  it('prints the events of its store, which are those that it says', async () => {
    expect(await mos(`store events deadlines --stream obligations-${MAC} --limit 2 --json`)).toBe(0);
    const events = printed
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { data: Reached });
    expect(events.map(({ data }) => data.lateSeconds)).toEqual([0, 1]);
    expect(await mos('store events deadlines --after 1 --limit 1 --internal')).toBe(0);
    expect(printed).toContain('DeadlineReached');
  });

  it('lists its projections and rebuilds one', async () => {
    expect(await mos('projections list --context deadlines')).toBe(0);
    expect(printed).toContain('reached');
    expect(await mos('projections rebuild reached --context deadlines')).toBe(0);
    expect(printed).toMatch(/reached: rebuilt from \d+ events\n$/);
    expect(await mos('projections rebuild unheard --context deadlines')).toBe(1);
  });

  it('verifies its store', async () => {
    expect(await mos('store verify deadlines')).toBe(0);
    expect(printed).toMatch(/deadlines( +\d+){4} +0\n$/);
  });

  it('shows its relay, and does not reseed what fits', async () => {
    expect(await mos('bus status --context deadlines')).toBe(0);
    expect(printed).toContain('MOS_DEADLINES');
    expect(await mos('bus reseed deadlines --reason for-a-test')).toBe(1);
    expect(printed).toContain('there is nothing to reseed');
    expect(await mos('bus reread deadlines --reason for-a-test')).toBe(0);
    expect(printed).toContain('deadlines: reads MOS_');
    expect(await mos('bus reread deadlines')).toBe(2);
  });

  it('tells who did what', async () => {
    const [first] = await letters();
    await mos(`dead-letters discard deadlines ${first?.letterId} --reason who-did-this`);
    expect(await mos('operations deadlines')).toBe(0);
    expect(printed).toContain(`discard dead-letters/${first?.letterId}, done`);
    expect(printed).toContain('because: who-did-this');
  });
});
