import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsObject, IsOptional, Matches } from 'class-validator';

const DAY = /^\d{4}-\d\d-\d\d$/;

/** A policy that was never in force, against what was recorded. */
export class DryRunBody {
  @ApiProperty({ type: String, example: '12' })
  @Matches(/^\d{2}(\.\d{2})?$/, { message: 'os must be a major such as 12 or 10.15' })
  readonly os!: string;

  @ApiProperty({ type: Object, description: 'As it would have been saved.' })
  @IsObject({ message: 'enforcement must be an object, as it would have been saved' })
  readonly enforcement!: Readonly<Record<string, unknown>>;

  @ApiProperty({ type: String, format: 'date', description: 'From 00:00 UTC on.' })
  @Matches(DAY, { message: 'since must be a day of the calendar such as 2022-01-01' })
  readonly since!: string;

  @ApiPropertyOptional({ type: String, format: 'date', description: 'To 00:00 UTC; now when left out.' })
  @IsOptional()
  @Matches(DAY, { message: 'until must be a day of the calendar such as 2022-06-30' })
  readonly until?: string | null;
}

export class ForcedAnswer {
  @ApiProperty({ type: String, format: 'uuid' })
  readonly deviceId!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly at!: string;

  @ApiProperty({ type: String, example: '12.6', description: 'The floor.' })
  readonly version!: string;

  @ApiProperty({ type: String, description: '`policy`, or the release that opened it.' })
  readonly openedBy!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly deadline!: string;

  @ApiProperty({ type: String, example: 'mdm_download_install' })
  readonly mechanism!: string;

  @ApiProperty({ type: String, description: 'What it would have installed.' })
  readonly target!: string;
}

export class PreventedAnswer {
  @ApiProperty({ type: String, format: 'uuid' })
  readonly deviceId!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly at!: string;

  @ApiProperty({ type: String, description: 'The floor; of a Mac that the item can never suit, the item’s major.' })
  readonly version!: string;

  @ApiProperty({ type: String, example: 'bootstrap_token_missing' })
  readonly reason!: string;
}

export class DryRunAnswer {
  @ApiProperty({ type: String, format: 'date-time' })
  readonly since!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly until!: string;

  @ApiProperty({ type: Number, description: 'Of which something was recorded.' })
  readonly macs!: number;

  @ApiProperty({ type: [ForcedAnswer], description: 'The earliest first.' })
  readonly forced!: readonly ForcedAnswer[];

  @ApiProperty({ type: [PreventedAnswer], description: 'Would have been forced, but something was in the way.' })
  readonly prevented!: readonly PreventedAnswer[];
}
