import 'reflect-metadata';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PATTERN_HANDLER_METADATA, PATTERN_METADATA } from '@nestjs/microservices/constants.js';
import { PatternHandler } from '@nestjs/microservices/enums/pattern-handler.enum.js';
import { matches } from '../../libs/event-bus/src/patterns.ts';
import { root, snake } from './contract.mjs';

/** Every service as it is wired: its context, the patterns its controllers listen to, its projections. */
export const readServices = async () => {
  const folders = readdirSync(path.join(root, 'services')).filter((name) =>
    existsSync(path.join(root, 'services', name, 'src', 'service.ts')),
  );
  const modules = await Promise.all(folders.map((name) => import(`../../services/${name}/src/service.ts`)));
  return modules
    .flatMap((module) => Object.values(module))
    .map((definition) => ({
      name: definition.name,
      context: definition.context.name,
      patterns: controllersOf(definition.module).flatMap(patternsOf),
      projections: definition.projections,
      opens: definition.opens ?? [],
    }));
};

/** Of a module and all that it imports; where Nest would look. */
const controllersOf = (module, seen = new Set()) => {
  const { module: type = module, controllers = [], imports = [] } = module;
  if (seen.has(type)) return [];
  seen.add(type);
  const metadata = (key) => Reflect.getMetadata(key, type) ?? [];
  return [
    ...controllers,
    ...metadata('controllers'),
    ...[...imports, ...metadata('imports')].flatMap((imported) => controllersOf(imported, seen)),
  ];
};

const patternsOf = ({ prototype }) =>
  Object.getOwnPropertyNames(prototype)
    .map((name) => prototype[name])
    .filter(
      (method) =>
        typeof method === 'function' && Reflect.getMetadata(PATTERN_HANDLER_METADATA, method) === PatternHandler.EVENT,
    )
    .flatMap((method) => Reflect.getMetadata(PATTERN_METADATA, method));

const projects = (handlers, name) => typeof handlers?.[name] === 'function';

/** Which services hear an event, and which read models it is in. */
export const audienceOf = (services, context, name) => {
  const subject = `mos.${context}.token.${snake(name)}`;
  return {
    services: services
      .filter(({ patterns }) => patterns.some((pattern) => matches(pattern, subject)))
      .map((s) => s.name),
    readModels: services.flatMap((service) =>
      service.projections
        .filter(({ handlers, inbox }) => projects(service.context === context ? handlers : inbox?.handlers, name))
        .map((projection) => `${service.name}.${projection.name}`),
    ),
  };
};

/** The service that writes a context's events. Throws where it does not know the category that the contract names. */
export const publisherOf = (services, { name, events }) => {
  const publisher = services.find(({ context }) => context === name);
  if (!publisher) throw new Error(`no service publishes ${name}`);
  const sources = readdirSync(path.join(root, 'services', publisher.name, 'src'), { recursive: true })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
    .map((file) => readFileSync(path.join(root, 'services', publisher.name, 'src', file), 'utf8'));
  for (const { category, name: event } of events) {
    const makesIt = new RegExp(`['\`]${category}['\`-]`);
    if (!sources.some((source) => makesIt.test(source)))
      throw new Error(`${event}: ${publisher.name} has no streams of the category "${category}"`);
  }
  return publisher;
};
