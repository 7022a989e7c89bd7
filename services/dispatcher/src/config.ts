import { IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import { EnrollmentConfig } from './enrollment/enrollment.config.js';

export class DispatcherConfig extends EnrollmentConfig {
  /** Where the ingress puts the Mac's certificate (RFC 9440); it must strip the header from what comes from outside. */
  @Matches(/^[a-z0-9-]+$/, { message: 'CLIENT_CERT_HEADER must be a header name in lower case' })
  readonly CLIENT_CERT_HEADER: string = 'client-cert';

  /** Key of the bootstrap tokens at rest: 32 bytes in Base64. Losing it loses the tokens. */
  @Matches(/^[A-Za-z0-9+/]{43}=$/, { message: 'BOOTSTRAP_TOKEN_KEY must be 32 bytes in Base64' })
  readonly BOOTSTRAP_TOKEN_KEY!: string;

  /** Base address of the push service; without it nobody is woken and Macs are served when they connect by themselves. */
  @IsOptional()
  @Matches(/^https?:\/\//, { message: 'PUSH_URL must be an http(s) address' })
  readonly PUSH_URL?: string;

  /** How long a reply waits for that Mac's next command after a result, in real milliseconds. */
  @IsInt()
  @Min(0)
  @Max(10_000)
  readonly HELD_REPLY_MS: number = 1_000;
}
