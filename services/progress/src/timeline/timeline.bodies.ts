import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';

export class TimelineQuery {
  @ApiPropertyOptional({ type: Number, default: 0, minimum: 0, description: 'The `entry` that was read last.' })
  @Type(() => Number)
  @IsInt({ message: 'after must be a whole number' })
  @Min(0)
  @Max(2_147_483_647)
  readonly after: number = 0;

  @ApiPropertyOptional({ type: Number, default: 1_000, minimum: 1, maximum: 1_000 })
  @Type(() => Number)
  @IsInt({ message: 'limit must be a whole number' })
  @Min(1)
  @Max(1_000)
  readonly limit: number = 1_000;
}

export class TimelineEntry {
  @ApiProperty({ type: Number, description: 'Counts the entries of this Mac.' })
  readonly entry!: number;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly time!: string;

  @ApiProperty({ type: String })
  readonly sentence!: string;

  @ApiProperty({ type: String, example: 'DeadlineReached' })
  readonly event!: string;

  @ApiProperty({ type: String, enum: ['updates', 'deadlines', 'devices'], description: 'Who said it.' })
  readonly context!: string;

  @ApiProperty({ type: String, format: 'uuid' })
  readonly eventId!: string;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'The event that caused it.' })
  readonly causationId!: string | null;

  @ApiProperty({ type: String, format: 'uuid' })
  readonly correlationId!: string;

  @ApiProperty({ type: String, example: 'service:progress' })
  readonly actor!: string;
}

export class TimelineAnswer {
  @ApiProperty({ type: [TimelineEntry] })
  readonly items!: readonly TimelineEntry[];

  @ApiProperty({ type: Number, nullable: true, description: 'Give it as `after` for the next page.' })
  readonly next!: number | null;
}
