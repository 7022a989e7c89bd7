/** Requests to other services over NATS; for questions whose answer must be fresh. Facts travel as events. */
export interface Bus {
  /** Asks and waits for the answer, which may be of any shape; throws when nobody answers in time or the answer is an error. */
  request(subject: string, body: unknown, timeoutMs: number): Promise<unknown>;
}
