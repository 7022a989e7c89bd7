import { IsInt, IsOptional, IsString, Matches, Max, Min, MinLength } from 'class-validator';
import { NanomdmConfig } from './nanomdm/nanomdm.config.js';

export class DispatcherConfig extends NanomdmConfig {
  /** Where the ingress puts the Mac's certificate (RFC 9440); it must strip the header from what comes from outside. */
  @Matches(/^[a-z0-9-]+$/, { message: 'CLIENT_CERT_HEADER must be a header name in lower case' })
  readonly CLIENT_CERT_HEADER: string = 'client-cert';

  /** Key of the bootstrap tokens at rest: 32 bytes in Base64. Losing it loses the tokens. */
  @Matches(/^[A-Za-z0-9+/]{43}=$/, { message: 'BOOTSTRAP_TOKEN_KEY must be 32 bytes in Base64' })
  readonly BOOTSTRAP_TOKEN_KEY!: string;

  /**
   * The MDM push certificate, a PEM file, with what follows of its chain. With it Macs are woken through Apple's push
   * service, else through PUSH_URL, else not at all: they are served when they connect by themselves.
   */
  @IsOptional()
  @MinLength(1)
  readonly APNS_CERTIFICATE_FILE?: string;

  /** Its key, a PEM file, when it is not in APNS_CERTIFICATE_FILE too. */
  @IsOptional()
  @MinLength(1)
  readonly APNS_KEY_FILE?: string;

  /** Of a key that is encrypted. */
  @IsOptional()
  @IsString()
  readonly APNS_KEY_PASSWORD?: string;

  /** Apple serves port 2197 too. MDM has no sandbox: its tokens would all count as dead there. */
  @Matches(/^https:\/\/(?!api\.(sandbox|development)\.push\.apple\.com)[^/]+\/?$/, {
    message: 'APNS_URL must be the https address of a push service, and not of Apple’s sandbox',
  })
  readonly APNS_URL: string = 'https://api.push.apple.com';

  /** A PEM file with the roots that vouch for APNS_URL, when it is not Apple's: a test bed. */
  @IsOptional()
  @MinLength(1)
  readonly APNS_CA_FILE?: string;

  /** Base address of a push service that speaks APNs' paths and bodies over plain HTTP, for tests and the virtual fleet. */
  @IsOptional()
  @Matches(/^https?:\/\//, { message: 'PUSH_URL must be an http(s) address' })
  readonly PUSH_URL?: string;

  /**
   * A JSON file with the payload of Apple's `softwareupdate.settings`, for every supervised Mac of macOS 15 and later. All
   * replicas are given the same.
   */
  @IsOptional()
  @MinLength(1)
  readonly SOFTWARE_UPDATE_SETTINGS_FILE?: string;

  /** How long a reply waits for that Mac's next command after a result, in real milliseconds. */
  @IsInt()
  @Min(0)
  @Max(10_000)
  readonly HELD_REPLY_MS: number = 1_000;
}
