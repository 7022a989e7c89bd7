import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { lowerCase } from '@managed-os/service-host';
import { Transform } from 'class-transformer';
import { IsUUID } from 'class-validator';
import { TimerAnswer } from '../timers/timers.bodies.js';

export class DeviceParams {
  @ApiProperty({ type: String, format: 'uuid' })
  @Transform(lowerCase)
  @IsUUID('all', { message: 'deviceId must be a UUID' })
  readonly deviceId!: string;
}

export class ObligationAnswer {
  @ApiProperty({ type: String, format: 'uuid' })
  readonly obligationId!: string;

  @ApiProperty({ type: String, format: 'uuid' })
  readonly itemId!: string;

  @ApiProperty({ type: Number, description: 'Of the item’s configuration that it rests on.' })
  readonly itemRevision!: number;

  @ApiProperty({ type: String, example: '12.6', description: 'The floor.' })
  readonly version!: string;

  @ApiProperty({ type: String, example: '12.6', description: '`policy`, or the release that opened it.' })
  readonly openedBy!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly deadline!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly notifyFrom!: string;

  @ApiProperty({
    type: String,
    example: '2022-09-16T14:00:00',
    description: 'The deadline on the wall clock of `zone`.',
  })
  readonly deadlineLocal!: string;

  @ApiProperty({ type: String, example: 'Europe/Paris' })
  readonly zone!: string;

  @ApiProperty({ type: String, enum: ['waiting', 'prompting', 'overdue', 'countdown_over'] })
  readonly phase!: string;
}

export class DeviceObligationsAnswer {
  @ApiProperty({ type: String, format: 'uuid' })
  readonly deviceId!: string;

  @ApiProperty({ type: [ObligationAnswer], description: 'Open ones; the first makes the Mac’s deadline.' })
  readonly obligations!: readonly ObligationAnswer[];

  @ApiPropertyOptional({
    type: Object,
    nullable: true,
    description: 'The plan as it was last told: status, reason, row, target, steps, warnings and what they rest on.',
  })
  readonly plan!: object | null;

  @ApiProperty({ type: [TimerAnswer] })
  readonly timers!: readonly TimerAnswer[];
}

export class MoveAnswer {
  @ApiProperty({ type: String, format: 'date-time' })
  readonly at!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly from!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly to!: string;

  @ApiProperty({ type: String, description: 'policy, override, exploited, date, zone.' })
  readonly because!: string;
}

export class HistoryEntryAnswer {
  @ApiProperty({ type: String, format: 'uuid' })
  readonly obligationId!: string;

  @ApiProperty({ type: String, format: 'uuid' })
  readonly itemId!: string;

  @ApiProperty({ type: String, example: '12.6' })
  readonly version!: string;

  @ApiProperty({ type: String, description: '`policy`, or the release that opened it.' })
  readonly openedBy!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly openedAt!: string;

  @ApiProperty({ type: String, nullable: true, format: 'uuid', description: 'The event that led to it.' })
  readonly openedBecause!: string | null;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly deadline!: string;

  @ApiProperty({ type: [MoveAnswer] })
  readonly moves!: readonly MoveAnswer[];

  @ApiProperty({ type: String, nullable: true, format: 'date-time' })
  readonly closedAt!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'discharged, withdrawn; null while it is open.' })
  readonly outcome!: string | null;

  @ApiProperty({ type: String, nullable: true })
  readonly observedVersion!: string | null;

  @ApiProperty({ type: Boolean, description: 'It makes the Mac’s deadline.' })
  readonly binding!: boolean;
}

export class HistoryAnswer {
  @ApiProperty({ type: [HistoryEntryAnswer] })
  readonly items!: readonly HistoryEntryAnswer[];
}
