import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { STAGE_NAMES } from '@managed-os/device-update';
import { lowerCase } from '@managed-os/service-host';
import { Transform, Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, IsUUID, Max, MaxLength, Min } from 'class-validator';

export class DeviceParams {
  @ApiProperty({ type: String, format: 'uuid' })
  @Transform(lowerCase)
  @IsUUID('all', { message: 'deviceId must be a UUID' })
  readonly deviceId!: string;
}

export class DevicesQuery {
  @ApiPropertyOptional({ type: String, format: 'uuid' })
  @IsOptional()
  @Transform(lowerCase)
  @IsUUID('all', { message: 'blueprintId must be a UUID' })
  readonly blueprintId?: string;

  @ApiPropertyOptional({ type: String, example: 'due' })
  @IsOptional()
  @IsString()
  @MaxLength(50)
  readonly status?: string;

  @ApiPropertyOptional({ type: String, description: 'The `next` of the page before.' })
  @IsOptional()
  @IsString()
  @MaxLength(1_000)
  readonly after?: string;

  @ApiPropertyOptional({ type: Number, default: 500, minimum: 1, maximum: 1_000 })
  @Type(() => Number)
  @IsInt({ message: 'limit must be a whole number' })
  @Min(1)
  @Max(1_000)
  readonly limit: number = 500;
}

export class DeviceAnswer {
  @ApiProperty({ type: String, format: 'uuid' })
  readonly id!: string;

  @ApiProperty({ type: String, nullable: true })
  readonly name!: string | null;

  @ApiProperty({ type: String, nullable: true })
  readonly serialNumber!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'Mac14,2' })
  readonly model!: string | null;

  @ApiProperty({ type: Boolean })
  readonly enrolled!: boolean;

  @ApiProperty({ type: String, nullable: true, description: 'The version that was seen last.' })
  readonly osVersion!: string | null;

  @ApiProperty({ type: String, example: 'due' })
  readonly status!: string;

  @ApiProperty({ type: String, nullable: true })
  readonly reason!: string | null;

  @ApiProperty({ type: String, enum: STAGE_NAMES, nullable: true })
  readonly stage!: string | null;

  @ApiProperty({ type: String, format: 'date-time', description: 'Since when status, reason and stage are so.' })
  readonly since!: string;

  @ApiProperty({ type: [String], description: 'The event that led to it, and the one that caused that.' })
  readonly because!: readonly string[];

  @ApiProperty({ type: Boolean })
  readonly overdue!: boolean;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  readonly itemId!: string | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  readonly blueprintId!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'The lowest version that does.' })
  readonly floor!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'The version that will be installed.' })
  readonly target!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly deadline!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'The deadline as the wall clock of `zone` shows it.' })
  readonly deadlineLocal!: string | null;

  @ApiProperty({ type: String, nullable: true })
  readonly zone!: string | null;

  @ApiProperty({ type: String, enum: ['nobody', 'mac', 'us', 'apple', 'user', 'admin'] })
  readonly whoActsNext!: string;

  @ApiProperty({ type: String, description: 'What happens next and when, in one plain sentence.' })
  readonly next!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly nextAt!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'The Mac has said nothing since.' })
  readonly unknownSince!: string | null;
}

export class DeviceListAnswer {
  @ApiProperty({ type: [DeviceAnswer] })
  readonly items!: readonly DeviceAnswer[];

  @ApiProperty({ type: String, nullable: true, description: 'Give it as `after` for the next page.' })
  readonly next!: string | null;
}
