import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { asVersion, lowerCase, NAME, NAME_HINT, trimmed } from '@managed-os/service-host';
import { Transform } from 'class-transformer';
import { IsIn, IsOptional, IsUUID, Length, Matches } from 'class-validator';
import { EnforcementAnswer } from '../enforcement/enforcement.body.js';
import { MAJORS } from '../operating-systems.js';

export class ItemParams {
  @ApiProperty({ type: String, format: 'uuid' })
  @Transform(lowerCase)
  @IsUUID('all', { message: 'itemId must be a UUID' })
  readonly itemId!: string;
}

export class NewItemBody {
  @ApiProperty({ type: String, enum: MAJORS, example: '12' })
  @IsIn(MAJORS, { message: `os must be one of ${MAJORS.join(', ')}` })
  readonly os!: string;

  @ApiPropertyOptional({ type: String, description: 'The system’s name when left out; several items may share one.' })
  @IsOptional()
  @Transform(trimmed)
  @Matches(NAME, { message: NAME_HINT })
  readonly name?: string | null;
}

export class RenameItemBody {
  @ApiProperty({ type: String })
  @Transform(trimmed)
  @Matches(NAME, { message: NAME_HINT })
  readonly name!: string;
}

export class OverrideParams extends ItemParams {
  @ApiProperty({ type: String, example: '12.6' })
  @Transform(asVersion)
  @Matches(/^\d{1,5}(\.\d{1,5}){0,2}$/, { message: 'version must be a macOS version such as 12.6' })
  readonly version!: string;
}

export class OverrideBody {
  @ApiProperty({ type: String, example: 'P3D', description: 'Days, weeks or months after Apple’s release date.' })
  @Matches(/^P\d{1,3}[DWM]$/, { message: 'window must be a number of days, weeks or months such as P3D, P2W or P1M' })
  readonly window!: string;

  @ApiPropertyOptional({ type: String, maxLength: 500 })
  @IsOptional()
  @Transform(trimmed)
  @Length(1, 500, { message: 'reason must have 1 to 500 characters' })
  readonly reason?: string | null;
}

export class ItemAnswer {
  @ApiProperty({ type: String, format: 'uuid' })
  readonly id!: string;

  @ApiProperty({ type: String, enum: MAJORS })
  readonly os!: string;

  @ApiProperty({ type: String, example: 'macOS Monterey' })
  readonly name!: string;

  @ApiProperty({
    type: EnforcementAnswer,
    nullable: true,
    description: 'Null: nothing was saved, nothing is in force.',
  })
  readonly enforcement!: EnforcementAnswer | null;

  @ApiProperty({
    type: Object,
    additionalProperties: { type: 'string' },
    example: { '12.6': 'P3D' },
    description: 'Windows of single releases, by version.',
  })
  readonly overrides!: Readonly<Record<string, string>>;

  @ApiProperty({ type: String, description: 'The ETag is this in quotes.' })
  readonly revision!: string;
}

export class ItemListAnswer {
  @ApiProperty({ type: [ItemAnswer] })
  readonly items!: readonly ItemAnswer[];
}
