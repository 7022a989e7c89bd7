import { ApiProperty } from '@nestjs/swagger';

export class VerifiedSoFarAnswer {
  @ApiProperty({ type: String, description: 'The position that was reached …' })
  readonly checked!: string;

  @ApiProperty({ type: String, description: '… of a log that ended here at the start.' })
  readonly upTo!: string;
}

export class FaultAnswer {
  @ApiProperty({ type: String, example: 'digest-wrong' })
  readonly kind!: string;

  @ApiProperty({ type: String, nullable: true })
  readonly position!: string | null;

  @ApiProperty({ type: String, nullable: true })
  readonly stream!: string | null;

  @ApiProperty({ type: String })
  readonly detail!: string;
}

export class VerificationAnswer {
  @ApiProperty({ type: String })
  readonly events!: string;

  @ApiProperty({ type: String, description: 'Messages in the inbox.' })
  readonly messages!: string;

  @ApiProperty({ type: String })
  readonly streams!: string;

  @ApiProperty({ type: String, description: 'The last position that was looked at.' })
  readonly upTo!: string;

  @ApiProperty({ type: [FaultAnswer] })
  readonly faults!: readonly FaultAnswer[];

  @ApiProperty({ type: Boolean, description: 'There are more faults than these.' })
  readonly more!: boolean;
}
