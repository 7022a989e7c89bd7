import type { FactoryProvider, InjectionToken } from '@nestjs/common';

/** A provider of a class under itself; `inject` names what its constructor takes, in its order. */
export const made = <P extends unknown[], T>(
  type: new (...args: P) => T,
  ...inject: { readonly [K in keyof P]: InjectionToken }
): FactoryProvider<T> => ({ provide: type, useFactory: (...args: P) => new type(...args), inject: [...inject] });
