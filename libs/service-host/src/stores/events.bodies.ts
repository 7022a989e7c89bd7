import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, Matches } from 'class-validator';
import { PageQuery } from './paging.js';

export class EventsQuery extends PageQuery {
  @ApiPropertyOptional({ type: String, description: 'Only events of this stream, `<category>-<token>`.' })
  @IsOptional()
  @Matches(/^[a-z][a-z_]*-[A-Za-z0-9_-]{1,64}$/, { message: 'stream must be the name of a stream, <category>-<token>' })
  readonly stream?: string;

  @ApiPropertyOptional({ type: Boolean, default: false, description: 'Also events that never leave their store.' })
  @IsIn(['true', 'false'], { message: 'internal must be true or false' })
  readonly internal: string = 'false';
}

/** The attributes of CloudEvents 1.0, and ours. */
export class EventAnswer {
  @ApiProperty({ type: String, enum: ['1.0'] })
  readonly specversion!: string;

  @ApiProperty({ type: String, format: 'uuid' })
  readonly id!: string;

  @ApiProperty({ type: String, example: 'mos://deadlines/5a3c9a4e-6a44-4a0e-8a39-3f3a6c0f8f11' })
  readonly source!: string;

  @ApiProperty({ type: String, example: 'managedos.deadlines.v1.DeadlineReached' })
  readonly type!: string;

  @ApiProperty({ type: String, description: 'Its stream.' })
  readonly subject!: string;

  @ApiProperty({ type: String, format: 'date-time', description: 'Simulated time, where time is simulated.' })
  readonly time!: string;

  @ApiProperty({ type: String, format: 'date-time', description: 'Real time.' })
  readonly recordedtime!: string;

  @ApiProperty({ type: String, description: 'Its place in its stream, from 1.' })
  readonly revision!: string;

  @ApiProperty({ type: String, description: 'Its place in the whole store.' })
  readonly position!: string;

  @ApiProperty({ type: String, format: 'uuid' })
  readonly correlationid!: string;

  @ApiPropertyOptional({ type: String, description: 'The event that caused it; absent at a true beginning.' })
  readonly causationid?: string | undefined;

  @ApiProperty({ type: String, example: 'user:5a3c9a4e-6a44-5a0e-8a39-3f3a6c0f8f11' })
  readonly actor!: string;

  @ApiPropertyOptional({ type: String })
  readonly traceparent?: string | undefined;

  @ApiProperty({ type: String, enum: ['application/json'] })
  readonly datacontenttype!: string;

  @ApiProperty({ type: 'object', additionalProperties: true, description: 'As it is stored.' })
  readonly data!: Readonly<Record<string, unknown>>;
}

export class EventListAnswer {
  @ApiProperty({
    type: [EventAnswer],
    description: 'Fewer than `limit`, even none, where internal events stand between.',
  })
  readonly items!: readonly EventAnswer[];

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The position to go on after; null at the end of the log.',
  })
  readonly next!: string | null;
}
