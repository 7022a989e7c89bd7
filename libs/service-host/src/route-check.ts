import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { type DiscoveryService, MetadataScanner } from '@nestjs/core';
import { accessOf } from './access.js';

/** A route without a door: a mistake that must not reach production. */
export class RouteWithoutAccess extends Error {
  override readonly name = 'RouteWithoutAccess';
  readonly code = 'route-without-access';

  constructor(readonly routes: readonly string[]) {
    super(`neither @Role nor @MacDoor on ${routes.join(', ')}`);
  }
}

/** Throws `RouteWithoutAccess` when a route of any controller says nothing about who gets in. */
export const checkRoutes = (discovery: DiscoveryService): void => {
  const scanner = new MetadataScanner();
  const open = discovery.getControllers().flatMap(({ metatype, instance }) => {
    if (!metatype || typeof instance !== 'object' || instance === null) return [];
    const prototype = Object.getPrototypeOf(instance) as Record<string, unknown>;
    return scanner
      .getAllMethodNames(prototype)
      .map((name) => ({ name, method: prototype[name] }))
      .filter(
        ({ method }) =>
          typeof method === 'function' &&
          Reflect.hasMetadata(PATH_METADATA, method) &&
          Reflect.hasMetadata(METHOD_METADATA, method) &&
          accessOf(method, metatype) === undefined,
      )
      .map(({ name }) => `${metatype.name}.${name}`);
  });
  if (open.length > 0) throw new RouteWithoutAccess(open);
};
