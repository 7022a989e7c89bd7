import { ApiProperty } from '@nestjs/swagger';

const REASONS = 'Why store and stream do not fit.';

export class RefusalAnswer {
  @ApiProperty({ type: String, example: 'stream-lost', description: REASONS })
  readonly reason!: string;

  @ApiProperty({ type: String, description: 'What that means, and what an operator can do.' })
  readonly detail!: string;
}

export class RelayAnswer {
  @ApiProperty({ type: String, example: 'MOS_DEADLINES' })
  readonly stream!: string;

  @ApiProperty({
    type: String,
    enum: ['relaying', 'standing-by', 'refusing', 'unreachable'],
    description: 'Of the replica that answers; of several one relays and the others stand by.',
  })
  readonly state!: string;

  @ApiProperty({ type: String, format: 'uuid', description: 'Which life of the store this is.' })
  readonly epoch!: string;

  @ApiProperty({ type: String, description: 'Everything up to here is in the stream …' })
  readonly position!: string;

  @ApiProperty({ type: String, description: '… of a log that ends here.' })
  readonly lastPosition!: string;

  @ApiProperty({ type: String, description: 'The last sequence of the stream then.' })
  readonly sequence!: string;

  @ApiProperty({ type: RefusalAnswer, nullable: true })
  readonly refusal!: RefusalAnswer | null;
}

export class ReseededAnswer {
  @ApiProperty({ type: String, example: 'stream-lost', description: REASONS })
  readonly reason!: string;

  @ApiProperty({ type: String, format: 'uuid' })
  readonly epoch!: string;

  @ApiProperty({
    type: Boolean,
    description: 'The store lives another life from here on, and reads others’ events again.',
  })
  readonly newEpoch!: boolean;

  @ApiProperty({ type: String, description: 'Events after this position are published again, in order …' })
  readonly after!: string;

  @ApiProperty({ type: String, description: '… up to here and beyond.' })
  readonly upTo!: string;

  @ApiProperty({ type: Number, description: 'Messages that the stream held and holds no longer.' })
  readonly removed!: number;
}

export class RereadAnswer {
  @ApiProperty({ type: [String], example: ['MOS_DEADLINES'], description: 'What is read again from its beginning.' })
  readonly streams!: readonly string[];
}
