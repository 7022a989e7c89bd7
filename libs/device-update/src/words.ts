import type { Fact } from '@managed-os/contracts';
import { classify, type Failure, UNKNOWN_FAILURE } from './failures.js';
import type { Attempt } from './state.js';

type MdmError = Fact<'CommandAnswered'>['errors'][number];
type UpdateResult = Fact<'CommandAnswered'>['results'][number];

/** What the Mac said, and what it means; `said` is word for word. */
export interface Refusal {
  readonly said: string;
  readonly failure: Failure;
  /** The Mac answered `Error` for the very update, without a documented cause. */
  readonly unexplained: boolean;
}

export const errorWords = (errors: readonly MdmError[]): string =>
  errors.map(({ code, domain, description }) => `${domain} (${code}): ${description}`).join('; ');

type DeclarationState = NonNullable<Fact<'DeclarationReported'>['enforcement']>;

/** What the Mac said of a declaration and its activation; empty when it names nothing. */
export const declarationWords = (states: readonly DeclarationState[]): string =>
  states
    .flatMap(({ valid, reasons }) =>
      valid === 'invalid' && reasons.length === 0
        ? [valid]
        : reasons.map(({ code, description, details }) =>
            [code, ...[description, details].filter((text) => text !== undefined)].join(': '),
          ),
    )
    .join('; ');

/** An answer that is no acknowledgement. */
export const refusalOf = (fact: Fact<'CommandAnswered'>): Refusal | undefined => {
  if (fact.outcome === 'acknowledged') return undefined;
  const said = [fact.outcome === 'format_error' ? 'CommandFormatError' : 'Error', errorWords(fact.errors)]
    .filter((part) => part !== '')
    .join(' ');
  return { said, failure: classify(said), unexplained: false };
};

/**
 * An acknowledged answer whose result for our update is a failure: both levels are read. A result that names another update is
 * none of ours, one that names none is: the candidate was asked for alone.
 */
export const resultOf = (
  fact: Fact<'CommandAnswered'>,
  attempt: Attempt,
): { readonly status: string; readonly refusal?: Refusal } => {
  const keyed = (key: string | undefined) => fact.results.find(({ productKey }) => productKey === key);
  const result = keyed(attempt.candidate?.productKey) ?? keyed('');
  if (!result) return { status: '' };
  const refusal = resultRefusal(result);
  return refusal ? { status: result.status, refusal } : { status: result.status };
};

/** A status word of OSUpdateStatus that names a failure. */
export const statusFailure = (status: string): Failure | undefined => {
  const failure = /^(Download|Install)[A-Z]/.test(status) ? classify(status) : UNKNOWN_FAILURE;
  return failure === UNKNOWN_FAILURE ? undefined : failure;
};

const resultRefusal = (result: UpdateResult): Refusal | undefined => {
  const named = statusFailure(result.status);
  const isError = result.installAction === 'Error';
  if (!named && !isError && result.errors.length === 0) return undefined;
  const parts = [
    ...(named ? [result.status] : []),
    ...(isError && result.errors.length === 0 && !named ? ['InstallAction Error'] : []),
    errorWords(result.errors),
  ];
  const said = parts.filter((part) => part !== '').join(' ');
  return { said, failure: named ?? classify(said), unexplained: isError && !named };
};
