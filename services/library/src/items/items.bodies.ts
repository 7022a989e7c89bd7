import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { lowerCase, NAME, NAME_HINT, trimmed } from '@managed-os/service-host';
import { Transform } from 'class-transformer';
import { IsIn, IsOptional, IsUUID, Matches } from 'class-validator';
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

  @ApiProperty({ type: String, description: 'The ETag is this in quotes.' })
  readonly revision!: string;
}

export class ItemListAnswer {
  @ApiProperty({ type: [ItemAnswer] })
  readonly items!: readonly ItemAnswer[];
}
