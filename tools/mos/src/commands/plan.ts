import { type Fault, plan as planOf, readPlanInput } from '@managed-os/enforcement';
import { command, type Input } from '../command.js';
import { type Line, linesOf, LONGEST_LINE } from '../lines.js';
import type { Output } from '../output.js';

const EXPECTED = 'mos: reads JSON from standard input (mos plan < mac.json); end it with Ctrl-D';

type Answer = { readonly kind: 'plan'; readonly json: string } | { readonly kind: 'faults'; readonly faults: Faults };
type Faults = readonly Fault[];

const faulty = (error: string): Answer => ({ kind: 'faults', faults: [{ pointer: '', error }] });

/** One input and its answer, both as JSON. */
const answerTo = (text: string | undefined): Answer => {
  if (text === undefined) return faulty(`is longer than ${LONGEST_LINE} characters`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return faulty(`is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const reading = readPlanInput(json);
  if (reading.kind === 'faults') return reading;
  return { kind: 'plan', json: JSON.stringify(planOf(reading.input)) };
};

/** The first fault makes the error; what is wrong besides is named in it. */
const complain = (out: Output, [first, ...also]: Faults, where: { readonly line?: number }): void =>
  out.aside(JSON.stringify({ ...where, ...first, ...(also.length > 0 && { also }) }));

/** White space around JSON says nothing, nor does a byte order mark. */
const bare = ({ text }: Line): string | undefined => text?.trim();

const planLines = async (input: Input, out: Output): Promise<number> => {
  let exitCode = 0;
  for await (const lines of linesOf(input.chunks)) {
    let answers = '';
    for (const line of lines) {
      const text = bare(line);
      if (text === '') continue;
      const answer = answerTo(text);
      if (answer.kind === 'plan') answers += `${answer.json}\n`;
      else {
        complain(out, answer.faults, { line: line.number });
        exitCode = 2;
      }
    }
    await out.raw(answers);
  }
  return exitCode;
};

const planOne = async (input: Input, out: Output): Promise<number> => {
  const texts: (string | undefined)[] = [];
  for await (const lines of linesOf(input.chunks)) texts.push(...lines.map(({ text }) => text));
  const text = texts.includes(undefined) ? undefined : texts.join('\n').trim();
  const answer = text === '' ? faulty('is missing: standard input must be one JSON object') : answerTo(text);
  if (answer.kind === 'plan') await out.raw(`${answer.json}\n`);
  else complain(out, answer.faults, {});
  return answer.kind === 'plan' ? 0 : 2;
};

export const plan = command({
  name: 'plan',
  summary:
    'What one Mac owes by when, and how it gets there: JSON in on standard input, JSON out. Needs no server. Exit code 2 when an input is not valid; why is on standard error, as JSON.',
  example: 'mos plan --ndjson < macs.ndjson > plans.ndjson',
  options: { '--ndjson': 'an input per line, an answer per line' },
  run({ ndjson }, { input, out }) {
    if (input.terminal) out.aside(EXPECTED);
    return ndjson === undefined ? planOne(input, out) : planLines(input, out);
  },
});
