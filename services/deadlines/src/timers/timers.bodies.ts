import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';

export class TimersQuery {
  @ApiPropertyOptional({ type: Number, default: 20, minimum: 1, maximum: 1_000 })
  @Type(() => Number)
  @IsInt({ message: 'limit must be a whole number' })
  @Min(1)
  @Max(1_000)
  readonly limit: number = 20;
}

export class TimerAnswer {
  @ApiProperty({ type: String, format: 'uuid' })
  readonly deviceId!: string;

  @ApiProperty({ type: String, enum: ['notify_from', 'deadline', 'countdown'] })
  readonly purpose!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly dueAt!: string;

  @ApiProperty({ type: String, format: 'uuid' })
  readonly obligationId!: string;
}

export class TimerListAnswer {
  @ApiProperty({ type: [TimerAnswer] })
  readonly items!: readonly TimerAnswer[];
}

export class LateTimerAnswer {
  @ApiProperty({ type: String, format: 'uuid' })
  readonly deviceId!: string;

  @ApiProperty({ type: String, enum: ['notify_from', 'deadline', 'countdown'] })
  readonly purpose!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly dueAt!: string;

  @ApiProperty({ type: Number })
  readonly lateSeconds!: number;

  @ApiProperty({
    type: String,
    nullable: true,
    description: '`opened_late`, `server_down`; null: it took that long to fire.',
  })
  readonly because!: string | null;
}

export class LateTimerListAnswer {
  @ApiProperty({ type: [LateTimerAnswer] })
  readonly items!: readonly LateTimerAnswer[];
}
