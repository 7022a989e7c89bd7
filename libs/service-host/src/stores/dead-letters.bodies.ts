import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { LETTER_OUTCOMES, LETTER_REASONS } from '@managed-os/event-bus';
import { IsIn, IsOptional, Matches } from 'class-validator';
import { PageQuery } from './paging.js';

const WHICH = ['open', 'settled', 'all'] as const;
const STREAM = /^[A-Za-z0-9_-]{1,64}$/;
const STREAM_HINT = 'stream must be the name of a stream such as MOS_DEADLINES';
/** A message outside our subjects has its subject for a token. */
const TOKEN = /^[\x21-\x7e]{1,255}$/;

export class LettersQuery extends PageQuery {
  @ApiPropertyOptional({ type: String, enum: WHICH, default: 'open' })
  @IsIn(WHICH, { message: 'which must be open, settled or all' })
  readonly which: (typeof WHICH)[number] = 'open';

  @ApiPropertyOptional({ type: String, description: 'Only letters of this Mac (or other token).' })
  @IsOptional()
  @Matches(TOKEN, { message: 'device must be the id of a Mac' })
  readonly device?: string;

  @ApiPropertyOptional({
    type: String,
    example: 'MOS_DEADLINES',
    description: 'Only letters that came by this stream.',
  })
  @IsOptional()
  @Matches(STREAM, { message: STREAM_HINT })
  readonly stream?: string;
}

export class LetterParams {
  @ApiProperty({ type: String, example: '17' })
  @Matches(/^\d{1,18}$/, { message: 'letterId must be a whole number' })
  readonly letterId!: string;
}

export class RedeliverBody {
  @ApiProperty({ type: String, example: 'MOS_DEADLINES' })
  @Matches(STREAM, { message: STREAM_HINT })
  readonly stream!: string;

  @ApiProperty({ type: String, description: 'The Mac (or other token) whose letters are redelivered.' })
  @Matches(TOKEN, { message: 'token must be the token of a subject' })
  readonly token!: string;
}

export class SettledAnswer {
  @ApiProperty({ type: String, enum: LETTER_OUTCOMES })
  readonly outcome!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly at!: string;

  @ApiProperty({ type: String, example: 'user:5a3c9a4e-6a44-5a0e-8a39-3f3a6c0f8f11' })
  readonly by!: string;

  @ApiProperty({ type: String, description: 'The reason of a discard.' })
  readonly because!: string;
}

export class LetterAnswer {
  @ApiProperty({ type: String, example: '17' })
  readonly letterId!: string;

  @ApiProperty({ type: String, example: 'MOS_DEADLINES' })
  readonly stream!: string;

  @ApiProperty({ type: String, description: 'Whose messages wait behind it: the id of a Mac, as a rule.' })
  readonly token!: string;

  @ApiProperty({ type: String })
  readonly subject!: string;

  @ApiProperty({ type: String, nullable: true, example: 'managedos.deadlines.v1.DeadlineReached' })
  readonly type!: string | null;

  @ApiProperty({ type: String })
  readonly messageId!: string;

  @ApiProperty({ type: String, description: 'Its place in the stream.' })
  readonly sequence!: string;

  @ApiProperty({
    type: String,
    enum: LETTER_REASONS,
    description:
      '`unknown-version`: redeliver it after the upgrade. `follows`: nothing is wrong with it, but an earlier message of the same token waits.',
  })
  readonly reason!: string;

  @ApiProperty({ type: String, description: 'What the last try ended with.' })
  readonly detail!: string;

  @ApiProperty({ type: Number })
  readonly tries!: number;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly storedAt!: string;

  @ApiProperty({ type: SettledAnswer, nullable: true, description: 'Null while it waits.' })
  readonly settled!: SettledAnswer | null;
}

export class LetterListAnswer {
  @ApiProperty({ type: [LetterAnswer] })
  readonly items!: readonly LetterAnswer[];

  @ApiProperty({ type: String, nullable: true, description: 'Give it as `after` for the next page.' })
  readonly next!: string | null;
}

export class LetterBodyAnswer {
  @ApiProperty({ type: String, enum: ['text', 'base64'] })
  readonly as!: 'text' | 'base64';

  @ApiProperty({ type: String })
  readonly content!: string;
}

export class WholeLetterAnswer extends LetterAnswer {
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' }, description: 'Its CloudEvents attributes.' })
  readonly attributes!: Readonly<Record<string, string>>;

  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' }, description: 'Its headers, as they came.' })
  readonly headers!: Readonly<Record<string, string>>;

  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true, description: 'The data of its event.' })
  readonly event!: Readonly<Record<string, unknown>> | null;

  @ApiProperty({ type: String, nullable: true, description: 'Why it has no event.' })
  readonly unreadable!: string | null;

  @ApiProperty({ type: LetterBodyAnswer, nullable: true, description: 'What came instead of an event.' })
  readonly body!: LetterBodyAnswer | null;

  @ApiProperty({ type: Number, description: 'Letters of the same token that wait behind it.' })
  readonly followers!: number;
}

export class StoppedAnswer {
  @ApiProperty({ type: String })
  readonly letterId!: string;

  @ApiProperty({ type: String, description: 'Why it failed again.' })
  readonly detail!: string;
}

export class RedeliveredAnswer {
  @ApiProperty({ type: Number, description: 'Letters that are handled now.' })
  readonly redelivered!: number;

  @ApiProperty({ type: Number, description: 'Letters of the token that wait still; with none left it is free.' })
  readonly waiting!: number;

  @ApiProperty({ type: StoppedAnswer, nullable: true, description: 'The letter that failed again.' })
  readonly stoppedAt!: StoppedAnswer | null;
}

export class DiscardedAnswer extends LetterAnswer {
  @ApiProperty({ type: Number, description: 'Letters of the same token that wait still; with none left it is free.' })
  readonly waiting!: number;

  @ApiProperty({ type: String, description: 'What that means, in one plain sentence.' })
  readonly next!: string;
}
