import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { lowerCase, trimmed } from '@managed-os/service-host';
import { Transform } from 'class-transformer';
import { IsUUID, Matches } from 'class-validator';

export class ProposalParams {
  @ApiProperty({ type: String, format: 'uuid' })
  @Transform(lowerCase)
  @IsUUID('all', { message: 'proposalId must be a UUID' })
  readonly proposalId!: string;
}

export class RejectBody {
  @ApiProperty({ type: String, minLength: 3, maxLength: 1_000, example: 'Apple listed it for a minute by mistake.' })
  @Transform(trimmed)
  // What PostgreSQL's text holds: no NUL and no half of a surrogate pair.
  @Matches(/^[^\0\p{Cs}]{3,1000}$/u, { message: 'reason must have 3 to 1000 characters' })
  readonly reason!: string;
}

export class FeedChangeAnswer {
  @ApiProperty({
    type: String,
    description:
      'release_added, devices_added, devices_removed, left_public, left_all, returned_public, returned_all, moved_back; open.',
  })
  readonly change!: string;

  @ApiProperty({ type: String, example: '26.6.2' })
  readonly version!: string;

  @ApiProperty({ type: String, example: '25G83' })
  readonly build!: string;

  @ApiProperty({ type: String, example: '26' })
  readonly os!: string;

  @ApiProperty({ type: String, example: 'patch' })
  readonly kind!: string;

  @ApiProperty({ type: String, format: 'date' })
  readonly released!: string;

  @ApiPropertyOptional({ type: String, format: 'date', description: 'moved_back: the date that stands until then.' })
  readonly previousReleased?: string | undefined;

  @ApiProperty({ type: [String], description: 'All Macs after the change, where it is about Macs.' })
  readonly supportedDevices!: readonly string[];

  @ApiProperty({ type: [String], description: 'Those that come or go.' })
  readonly devices!: readonly string[];

  @ApiProperty({ type: Boolean })
  readonly installer!: boolean;

  @ApiProperty({ type: Boolean })
  readonly comboPackage!: boolean;

  @ApiPropertyOptional({ type: String })
  readonly versionExtra?: string | undefined;

  @ApiPropertyOptional({ type: String })
  readonly prerequisiteBuild?: string | undefined;
}

export class ProposalAnswer {
  @ApiProperty({ type: String, format: 'uuid' })
  readonly proposalId!: string;

  @ApiProperty({ type: String, enum: ['waiting', 'quarantined', 'accepted', 'rejected', 'withdrawn'] })
  readonly state!: string;

  @ApiProperty({ type: FeedChangeAnswer })
  readonly change!: FeedChangeAnswer;

  @ApiProperty({ type: String, format: 'date-time', description: 'When the feed showed it.' })
  readonly seen!: string;

  @ApiProperty({
    type: [String],
    description: 'vanished, moved_back, devices_removed, large_impact, no_answer; open.',
  })
  readonly reasons!: readonly string[];

  @ApiProperty({ type: Number, nullable: true, description: 'Macs that it touches; null while nobody counted.' })
  readonly macs!: number | null;
}

export class QuarantineAnswer {
  @ApiProperty({ type: [ProposalAnswer] })
  readonly items!: readonly ProposalAnswer[];
}
