import { IsIn, IsString, ValidateIf } from 'class-validator';
import { ServiceConfig } from '@managed-os/service-host';

/** How Macs come to this server, and how they prove who they are. */
export class EnrollmentConfig extends ServiceConfig {
  /** By what Macs are known: the certificate that the ingress puts into a header, their signature over each message, or either. */
  @IsIn(['header', 'signature', 'both'])
  readonly MAC_IDENTITY: 'header' | 'signature' | 'both' = 'header';

  /** PEM file of the authorities that issue the Macs' certificates, intermediate ones too. */
  @ValidateIf(
    ({ MAC_IDENTITY, ENROLLMENT_CA_FILE }: EnrollmentConfig) =>
      MAC_IDENTITY !== 'header' || ENROLLMENT_CA_FILE !== undefined,
  )
  @IsString({ message: 'ENROLLMENT_CA_FILE must name a PEM file when Macs are known by their signatures' })
  readonly ENROLLMENT_CA_FILE?: string;
}
