import { ApiProperty } from '@nestjs/swagger';
import { lowerCase, NAME, NAME_HINT, trimmed } from '@managed-os/service-host';
import { Transform } from 'class-transformer';
import { IsUUID, Matches } from 'class-validator';

export class BlueprintParams {
  @ApiProperty({ type: String, format: 'uuid' })
  @Transform(lowerCase)
  @IsUUID('all', { message: 'blueprintId must be a UUID' })
  readonly blueprintId!: string;
}

export class AssignmentParams extends BlueprintParams {
  @ApiProperty({ type: String, format: 'uuid' })
  @Transform(lowerCase)
  @IsUUID('all', { message: 'itemId must be a UUID' })
  readonly itemId!: string;
}

export class MemberParams extends BlueprintParams {
  @ApiProperty({ type: String, format: 'uuid' })
  @Transform(lowerCase)
  @IsUUID('all', { message: 'deviceId must be a UUID' })
  readonly deviceId!: string;
}

export class NameBody {
  @ApiProperty({ type: String, example: 'Design department' })
  @Transform(trimmed)
  @Matches(NAME, { message: NAME_HINT })
  readonly name!: string;
}

export class BlueprintAnswer {
  @ApiProperty({ type: String, format: 'uuid' })
  readonly id!: string;

  @ApiProperty({ type: String })
  readonly name!: string;

  @ApiProperty({ type: Boolean, description: 'It cannot be renamed, removed or given items.' })
  readonly builtIn!: boolean;

  @ApiProperty({ type: [String], description: 'Library items that apply to the Macs in it.' })
  readonly items!: readonly string[];

  @ApiProperty({ type: Number, description: 'How many Macs are in it.' })
  readonly devices!: number;

  @ApiProperty({ type: String, description: 'The ETag is this in quotes.' })
  readonly revision!: string;
}

export class BlueprintListAnswer {
  @ApiProperty({ type: [BlueprintAnswer] })
  readonly items!: readonly BlueprintAnswer[];
}

export class MemberAnswer {
  @ApiProperty({ type: String, format: 'uuid' })
  readonly deviceId!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly since!: string;
}

export class MemberListAnswer {
  @ApiProperty({ type: [MemberAnswer] })
  readonly items!: readonly MemberAnswer[];
}

export class MovedAnswer {
  @ApiProperty({ type: String, format: 'uuid' })
  readonly deviceId!: string;

  @ApiProperty({ type: String, format: 'uuid' })
  readonly blueprintId!: string;
}
