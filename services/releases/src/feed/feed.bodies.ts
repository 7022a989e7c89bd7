import { ApiProperty } from '@nestjs/swagger';

export class FeedRefusalAnswer {
  @ApiProperty({ type: String, description: 'empty, truncated, malformed, too_large; open.' })
  readonly reason!: string;

  @ApiProperty({ type: String, nullable: true, description: 'JSON pointer of what is at fault.' })
  readonly pointer!: string | null;

  @ApiProperty({ type: String, description: 'File name or address.' })
  readonly capture!: string;

  @ApiProperty({ type: String, description: 'Of the body’s bytes.' })
  readonly sha256!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly seen!: string;
}

export class FeedFailureAnswer {
  @ApiProperty({ type: String, format: 'date-time', description: 'In real time.' })
  readonly since!: string;

  @ApiProperty({ type: Number })
  readonly tries!: number;
}

export class FeedAnswer {
  @ApiProperty({ type: String, enum: ['off', 'pmv', 'files'] })
  readonly source!: string;

  @ApiProperty({
    type: String,
    enum: ['off', 'not_read', 'good', 'refused', 'unreachable'],
    description: 'Of the newest body: not_read since this service started; refused: nothing of it was taken.',
  })
  readonly state!: string;

  @ApiProperty({ type: String, nullable: true, description: 'The newest body that was read: file name or address.' })
  readonly capture!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'From when on that body counts.' })
  readonly seen!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'When the feed last changed.' })
  readonly changedAt!: string | null;

  @ApiProperty({ type: Number, description: 'Builds that the feed offers to everybody.' })
  readonly publicBuilds!: number;

  @ApiProperty({ type: Number, description: 'Builds that a device management service may install.' })
  readonly installableBuilds!: number;

  @ApiProperty({ type: FeedRefusalAnswer, nullable: true })
  readonly refusal!: FeedRefusalAnswer | null;

  @ApiProperty({ type: FeedFailureAnswer, nullable: true, description: 'Why it cannot be read at the moment.' })
  readonly failure!: FeedFailureAnswer | null;
}
