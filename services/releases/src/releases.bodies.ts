import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, Matches, MaxLength } from 'class-validator';

const OS = /^(10\.1[3-5]|1[1-9]|[2-9]\d)$/;
const OS_HINT = 'os must be a major such as 10.15, 11 or 26';

export class ListQuery {
  @ApiPropertyOptional({ type: String, example: '12', description: 'Only this major.' })
  @IsOptional()
  @Matches(OS, { message: OS_HINT })
  readonly os?: string;
}

export class NewestQuery {
  @ApiPropertyOptional({
    type: String,
    example: 'J314sAP',
    description: 'What the Mac reports as SoftwareUpdateDeviceID.',
  })
  @IsOptional()
  @MaxLength(100)
  readonly softwareUpdateDeviceId?: string;

  @ApiPropertyOptional({ type: String, example: 'MacBookPro18,3', description: 'Used where the id says nothing.' })
  @IsOptional()
  @MaxLength(100)
  readonly model?: string;

  @ApiPropertyOptional({ type: String, example: '12', description: 'The newest within this major.' })
  @IsOptional()
  @Matches(OS, { message: OS_HINT })
  readonly os?: string;
}

export class VersionParams {
  @ApiProperty({ type: String, example: '12.6' })
  @Matches(/^\d{1,5}(\.\d{1,5}){0,2}$/, { message: 'version must be numbers such as 12.6 or 12.5.1' })
  readonly version!: string;
}

export class ReleaseAnswer {
  @ApiProperty({ type: String, example: '12.6' })
  readonly version!: string;

  @ApiProperty({ type: String, example: '21G115' })
  readonly build!: string;

  @ApiProperty({ type: String, example: '12', description: 'The major.' })
  readonly os!: string;

  @ApiProperty({
    type: String,
    example: 'minor',
    description: 'major, minor, patch, supplemental, rsr or bsi; open for more.',
  })
  readonly kind!: string;

  @ApiProperty({ type: String, format: 'date', description: 'Apple’s release date, the earliest ever seen.' })
  readonly released!: string;

  @ApiProperty({ type: String, format: 'date-time', description: 'From when on it counts as public.' })
  readonly firstSeen!: string;

  @ApiProperty({ type: Boolean, description: 'No list of Macs is known: it counts as made for all of them.' })
  readonly allDevices!: boolean;

  @ApiProperty({ type: [String], description: 'Software-update device ids.' })
  readonly supportedDevices!: readonly string[];

  @ApiProperty({ type: Boolean, description: 'A full installer of it is known.' })
  readonly installer!: boolean;

  @ApiProperty({ type: Boolean, description: 'A combo package of it is known.' })
  readonly comboPackage!: boolean;

  @ApiPropertyOptional({ type: String, example: '(a)', description: 'Security responses: the suffix.' })
  readonly versionExtra?: string | undefined;

  @ApiPropertyOptional({ type: String, description: 'Security responses: the build it sits on.' })
  readonly prerequisiteBuild?: string | undefined;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    description: 'From when on Apple offers it to nobody by itself.',
  })
  readonly leftPublic?: string | undefined;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    description: 'From when on nobody can install it through a device management service.',
  })
  readonly leftAll?: string | undefined;
}

export class ReleaseListAnswer {
  @ApiProperty({ type: [ReleaseAnswer] })
  readonly items!: readonly ReleaseAnswer[];
}

export class VersionAnswer {
  @ApiProperty({ type: String, example: '12.6' })
  readonly version!: string;

  @ApiProperty({ type: String, example: '12' })
  readonly os!: string;

  @ApiProperty({ type: String, format: 'date', description: 'The earliest date of its builds.' })
  readonly released!: string;

  @ApiProperty({ type: [ReleaseAnswer] })
  readonly builds!: readonly ReleaseAnswer[];
}
