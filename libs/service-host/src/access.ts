import { type CanActivate, createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import { type Clock, type Ids, reactionId } from '@managed-os/kernel';
import type { FastifyRequest } from 'fastify';
import type { Authenticator, Caller } from './authenticator.js';
import { Problem } from './problem.js';
import { newContext } from './request-context.js';

export const ROLES = ['viewer', 'operator', 'admin'] as const;
/** Each role may do what the ones before it may. */
export type RoleName = (typeof ROLES)[number];

const ACCESS = 'managed-os:access';

/** Only people with this role (or a higher one) get in. */
export const Role = (role: RoleName): MethodDecorator & ClassDecorator => SetMetadata(ACCESS, role);

/** A door for Macs: the module behind it knows Macs by their certificate. Never answers 401, which would unenroll the Mac. */
export const MacDoor = (): MethodDecorator & ClassDecorator => SetMetadata(ACCESS, 'mac');

declare module 'fastify' {
  interface FastifyRequest {
    caller?: Caller;
  }
}

/** `@May('operator') mayOperate: boolean`: whether the caller has a higher role than the route needs. */
export const May = createParamDecorator((role: RoleName, execution: ExecutionContext): boolean => {
  const { caller } = execution.switchToHttp().getRequest<FastifyRequest>();
  return caller !== undefined && allows(caller, role);
});

/** The answer to somebody whose role does not do. */
export const roleMissing = (needed: RoleName): Problem =>
  new Problem(403, 'role-missing', `This needs the role ${needed}.`, { needed });

/** What a route or its controller declares; `undefined`: nothing, and the service refuses to start. */
export const accessOf = (handler: object, controller: object): RoleName | 'mac' | undefined =>
  (Reflect.getMetadata(ACCESS, handler) ?? Reflect.getMetadata(ACCESS, controller)) as RoleName | 'mac' | undefined;

/** Lets nobody in but whom the route names. */
export class AccessGuard implements CanActivate {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly clock: Clock,
    private readonly ids: Ids,
  ) {}

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    if (execution.getType() !== 'http') return true;
    const access = accessOf(execution.getHandler(), execution.getClass());
    if (access === 'mac') return true;
    if (access === undefined) throw new Problem(403, 'no-access', 'This route has no door.');
    const request = execution.switchToHttp().getRequest<FastifyRequest>();
    const caller = await this.authenticator.identify(request.headers.authorization);
    if (!caller) throw new Problem(401, 'unauthenticated', 'Send a bearer token: Authorization: Bearer <token>.');
    if (!allows(caller, access)) throw roleMissing(access);
    request.caller = caller;
    request.requestContext = newContext(request, `user:${reactionId('user', caller.ref)}`, this.clock, this.ids);
    return true;
  }
}

const allows = (caller: Caller, needed: RoleName): boolean =>
  caller.roles.some((role) => ROLES.indexOf(role) >= ROLES.indexOf(needed));
