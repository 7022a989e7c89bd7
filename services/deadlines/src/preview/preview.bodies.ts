import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { asVersion, lowerCase } from '@managed-os/service-host';
import { Transform } from 'class-transformer';
import { IsIn, IsInt, IsObject, IsOptional, IsUUID, Matches, Max, Min } from 'class-validator';
import { EFFECTS } from './impact.js';

const KINDS = ['enforcement', 'assignment', 'override'] as const;

/** An unsaved change; which fields are needed depends on `kind`. */
export class PreviewBody {
  @ApiProperty({ type: String, enum: KINDS })
  @IsIn(KINDS, { message: `kind must be one of ${KINDS.join(', ')}` })
  readonly kind!: (typeof KINDS)[number];

  @ApiProperty({ type: String, format: 'uuid' })
  @Transform(lowerCase)
  @IsUUID('all', { message: 'itemId must be a UUID' })
  readonly itemId!: string;

  @ApiPropertyOptional({
    type: String,
    example: '3',
    description: 'enforcement, override: the item’s, as its ETag has it.',
  })
  @IsOptional()
  @Matches(/^\d{1,9}$/, { message: 'revision must be the item’s, as its ETag has it, such as "3"' })
  readonly revision?: string | null;

  @ApiPropertyOptional({ type: String, example: '12', description: 'enforcement: the item’s macOS.' })
  @IsOptional()
  @Matches(/^\d{2}(\.\d{2})?$/, { message: 'os must be a major such as 12 or 10.15' })
  readonly os?: string | null;

  @ApiPropertyOptional({ type: Object, description: 'enforcement: as it will be saved.' })
  @IsOptional()
  @IsObject({ message: 'enforcement must be an object, as it will be saved' })
  readonly enforcement?: Readonly<Record<string, unknown>> | null;

  @ApiPropertyOptional({ type: String, format: 'uuid', description: 'assignment: where the item will be put.' })
  @IsOptional()
  @Transform(lowerCase)
  @IsUUID('all', { message: 'blueprintId must be a UUID' })
  readonly blueprintId?: string | null;

  @ApiPropertyOptional({ type: String, example: '12.6', description: 'override: the release.' })
  @IsOptional()
  @Transform(asVersion)
  @Matches(/^\d{1,5}(\.\d{1,5}){0,2}$/, { message: 'version must be a macOS version such as 12.6' })
  readonly version?: string | null;

  @ApiPropertyOptional({
    type: String,
    example: 'P3D',
    description: 'override: its window; left out: the item’s again.',
  })
  @IsOptional()
  @Matches(/^P\d{1,3}[DWM]$/, { message: 'window must be a number of days, weeks or months such as P3D, P2W or P1M' })
  readonly window?: string | null;

  @ApiPropertyOptional({
    type: Number,
    default: 100,
    description: 'At most so many Macs are listed, those it affects first.',
  })
  @IsInt({ message: 'limit must be a whole number' })
  @Min(0)
  @Max(10_000)
  readonly limit: number = 100;
}

export class DeadlineAnswer {
  @ApiProperty({ type: String, format: 'uuid' })
  readonly obligationId!: string;

  @ApiProperty({ type: String, example: '12.6' })
  readonly version!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly deadline!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly notifyFrom!: string;
}

export class ImpactAnswer {
  @ApiProperty({ type: String, format: 'uuid' })
  readonly deviceId!: string;

  @ApiProperty({ type: String, example: 'due' })
  readonly status!: string;

  @ApiProperty({ type: String, nullable: true })
  readonly reason!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'As it is now.' })
  readonly statusBefore!: string | null;

  @ApiProperty({ type: DeadlineAnswer, nullable: true })
  readonly before!: DeadlineAnswer | null;

  @ApiProperty({ type: DeadlineAnswer, nullable: true })
  readonly after!: DeadlineAnswer | null;

  @ApiProperty({ type: [String], enum: EFFECTS })
  readonly effects!: readonly string[];

  @ApiProperty({ type: String, nullable: true, format: 'date-time', description: 'The earliest forced restart.' })
  readonly restart!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'The Mac’s own.' })
  readonly zone!: string | null;
}

export class ReasonCount {
  @ApiProperty({ type: String })
  readonly reason!: string;

  @ApiProperty({ type: Number })
  readonly macs!: number;
}

export class ZoneCount {
  @ApiProperty({ type: String, description: '`unknown` where no zone is known.' })
  readonly zone!: string;

  @ApiProperty({ type: Number })
  readonly macs!: number;
}

const AFFECTED = 'Become due, get a countdown, or have an earlier deadline; all that an item newly comes to.';

export class PreviewAnswer {
  @ApiProperty({ type: String, format: 'date-time', description: 'Of the policy’s clock.' })
  readonly now!: string;

  @ApiProperty({ type: Number, description: 'Macs that the change concerns.' })
  readonly macs!: number;

  @ApiProperty({ type: Number, description: 'All Macs that are known.' })
  readonly fleet!: number;

  @ApiProperty({ type: Object, additionalProperties: { type: 'integer' }, description: 'Macs by effect.' })
  readonly effects!: Readonly<Record<string, number>>;

  @ApiProperty({ type: [ReasonCount] })
  readonly cannotComply!: readonly ReasonCount[];

  @ApiProperty({ type: [ZoneCount], description: 'Forced restarts within an hour from now.' })
  readonly restartsFirstHour!: readonly ZoneCount[];

  @ApiProperty({ type: Number, description: AFFECTED })
  readonly affected!: number;

  @ApiProperty({ type: Boolean, description: 'Saving it needs `Preview-Confirm`, at least `affected`.' })
  readonly large!: boolean;

  @ApiProperty({ type: String, description: 'For `Preview-Token` of the save; good for 10 minutes.' })
  readonly token!: string;

  @ApiProperty({ type: [ImpactAnswer], description: 'The Macs, those it affects first.' })
  readonly items!: readonly ImpactAnswer[];
}
