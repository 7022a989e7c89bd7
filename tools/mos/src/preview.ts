import { type Api, ApiError } from './api.js';
import type { Output } from './output.js';

interface Preview {
  readonly macs: number;
  readonly effects: Readonly<Record<string, number>>;
  readonly cannotComply: readonly { readonly reason: string; readonly macs: number }[];
  readonly restartsFirstHour: readonly { readonly zone: string; readonly macs: number }[];
  readonly affected: number;
  readonly large: boolean;
  readonly token: string;
}

/** What a save sends along. */
export interface Previewed {
  readonly previewToken: string;
  readonly previewConfirm?: string;
}

/** Of one Mac, of several. */
const WORDS: readonly (readonly [effect: string, one: string, several: string])[] = [
  ['due', 'becomes due', 'become due'],
  ['countdown', 'gets a countdown at its next check-in', 'get a countdown at their next check-in'],
  ['late_notice', 'is prompted late', 'are prompted late'],
  ['earlier', 'has an earlier deadline', 'have an earlier deadline'],
  ['later', 'has a later one', 'have a later one'],
  ['released', 'owes nothing any more', 'owe nothing any more'],
  ['nobody_prompts', 'has nobody to prompt its user', 'have nobody to prompt their users'],
];

/** What a preview says, as sentences of one line each. */
export const sentences = ({ macs, effects, cannotComply, restartsFirstHour }: Preview): readonly string[] => {
  const told = WORDS.flatMap(([effect, one, several]) => {
    const number = effects[effect] ?? 0;
    return number === 0 ? [] : [`${number} ${number === 1 ? one : several}`];
  });
  const counted = (list: readonly (readonly [string, number])[]): string =>
    list.map(([name, number]) => `${number} ${name}`).join(', ');
  return [
    `concerns ${macs} ${macs === 1 ? 'Mac' : 'Macs'}${told.length > 0 ? `: ${told.join(', ')}` : ''}`,
    ...(cannotComply.length > 0
      ? [`cannot comply: ${counted(cannotComply.map(({ reason, macs: number }) => [reason, number]))}`]
      : []),
    ...(restartsFirstHour.length > 0
      ? [`restarts within an hour: ${counted(restartsFirstHour.map(({ zone, macs: number }) => [zone, number]))}`]
      : []),
  ];
};

/**
 * Asks for the preview of a change and says what it says beside the answer. Throws when it is large and `confirm` is not at
 * least the number of Macs it affects: a person has to have read it.
 */
export const preview = async (
  api: Api,
  out: Output,
  change: Readonly<Record<string, unknown>>,
  confirm: string | undefined,
): Promise<Previewed> => {
  const { body } = await api.send<Preview>('POST', '/api/deadlines/preview', { ...change, limit: 0 });
  for (const sentence of sentences(body)) out.aside(sentence);
  if (body.large && !(Number(confirm) >= body.affected))
    throw new ApiError(1, `this affects ${body.affected} Macs: repeat it with --confirm ${body.affected} to save it`);
  return { previewToken: body.token, ...(confirm !== undefined && { previewConfirm: confirm }) };
};
