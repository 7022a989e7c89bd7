import { createHash } from 'node:crypto';
import { KINDS, type Kind, LISTS } from '../declarations/declaration.js';
import { canonical, decodeJson, type Json, type JsonDict } from '../json.js';
import { decode, type Dict } from '../plist.js';
import { Desk } from './desk.js';
import { type Answer, commandBody, type Heard } from './tiny-mdm-server.js';

export interface Offered {
  readonly type: string;
  readonly payload: JsonDict;
  readonly token?: string;
}

const hash = (value: Json): string => createHash('sha256').update(canonical(value)).digest('hex').slice(0, 16);
const kindOf = (type: string): string => type.split('.')[2] ?? '';

/**
 * A server of declarations: one set for every Mac, tokens made of contents. What it says can be replaced per endpoint,
 * and everything it hears is kept.
 */
export class DeclarationsDesk {
  private readonly desk: Desk;
  private readonly offered = new Map<string, Offered>();
  /** A command stays until there is a result for it. */
  private readonly commands = new Map<string, Dict>();
  private count = 0;
  private seconds = 0;
  /** Answers instead of the desk's own; the first entry that is a prefix of the endpoint. */
  readonly instead = new Map<string, (own: Answer) => Answer | undefined>();
  /** An answer instead of the desk's own to any other message. */
  otherwise: (message: Dict) => Answer | undefined = () => undefined;
  /** Endpoints in the order they were asked for. */
  readonly asked: string[] = [];
  readonly reports: JsonDict[] = [];
  /** Every other check-in and every result. */
  readonly heard: Dict[] = [];

  constructor(target?: string) {
    this.desk = new Desk(target);
  }

  get tokens(): Map<string, Uint8Array> {
    return this.desk.tokens;
  }

  offer(identifier: string, type: string, payload: JsonDict, token?: string): this {
    this.offered.set(identifier, { type, payload, ...(token === undefined ? {} : { token }) });
    return this.changed();
  }

  /** An activation of its own for each configuration. */
  activate(identifier: string, type: string, payload: JsonDict, token?: string): this {
    this.offer(identifier, type, payload, token);
    return this.offer(`${identifier}.activation`, 'com.apple.activation.simple', {
      StandardConfigurations: [identifier],
    });
  }

  withdraw(...identifiers: readonly string[]): this {
    for (const identifier of identifiers) {
      this.offered.delete(identifier);
      this.offered.delete(`${identifier}.activation`);
    }
    return this.changed();
  }

  private changed(): this {
    this.seconds += 1;
    return this;
  }

  tokenOf(identifier: string): string {
    const offered = this.offered.get(identifier);
    return offered?.token ?? hash(offered ? { type: offered.type, payload: offered.payload } : null);
  }

  get declarationsToken(): string {
    return hash([...this.offered.keys()].toSorted().map((identifier) => [identifier, this.tokenOf(identifier)]));
  }

  syncTokens(): JsonDict {
    const timestamp = new Date(Date.UTC(2022, 0, 1) + this.seconds * 1000).toISOString();
    return {
      SyncTokens: { DeclarationsToken: this.declarationsToken, Timestamp: timestamp.replace('.000', '') },
    };
  }

  /** Queues a command for the next connection. */
  command(command: Dict): this {
    this.commands.set(`d-${(this.count += 1)}`, command);
    return this;
  }

  /** Queues DeclarativeManagement, with the tokens or without. */
  announce(data: JsonDict | null = this.syncTokens()): this {
    const carried = data === null ? {} : { Data: Buffer.from(JSON.stringify(data)) };
    return this.command({ RequestType: 'DeclarativeManagement', ...carried });
  }

  readonly answer = (heard: Heard): Answer => {
    const { message, path } = heard;
    if (message['MessageType'] === 'DeclarativeManagement') return this.declarations(message);
    this.heard.push(message);
    const other = this.otherwise(message);
    if (other) return other;
    if (path.endsWith('/checkin')) return this.desk.answer(heard);
    if (message['Status'] === 'NotNow') return { status: 200 };
    this.commands.delete(String(message['CommandUUID']));
    const [next] = this.commands;
    return next ? { status: 200, body: commandBody(...next) } : this.desk.answer(heard);
  };

  private declarations(message: Dict): Answer {
    const endpoint = String(message['Endpoint']);
    this.asked.push(endpoint);
    const own = this.own(endpoint, message['Data']);
    const [, replace] = [...this.instead].find(([prefix]) => endpoint.startsWith(prefix)) ?? [];
    return replace?.(own) ?? own;
  }

  private own(endpoint: string, data: unknown): Answer {
    if (endpoint === 'tokens') return json(this.syncTokens());
    if (endpoint === 'declaration-items') return json(this.manifest());
    if (endpoint === 'status') {
      const report = data instanceof Uint8Array ? decodeJson(data) : undefined;
      if (report) this.reports.push(report);
      return { status: report ? 200 : 400 };
    }
    const [, kind, identifier] = /^declaration\/([^/]+)\/(.+)$/.exec(endpoint) ?? [];
    const found = identifier === undefined ? undefined : this.offered.get(identifier);
    return found && identifier !== undefined && kindOf(found.type) === kind
      ? json({
          Type: found.type,
          Identifier: identifier,
          ServerToken: this.tokenOf(identifier),
          Payload: found.payload,
        })
      : { status: 404 };
  }

  manifest(): JsonDict {
    const listOf = (kind: Kind): Json =>
      [...this.offered]
        .filter(([, { type }]) => kindOf(type) === kind)
        .map(([identifier]) => ({ Identifier: identifier, ServerToken: this.tokenOf(identifier) }));
    return {
      Declarations: Object.fromEntries(KINDS.map((kind) => [LISTS[kind].listed, listOf(kind)])),
      DeclarationsToken: this.declarationsToken,
    };
  }
}

export const json = (body: Json): Answer => ({ status: 200, body: JSON.stringify(body) });

/** The desk without a network. */
export const toDeclarationsDesk = (
  desk: DeclarationsDesk,
  to: 'checkin' | 'connect',
  body: string,
): { status: number; body: Buffer } => {
  const message = decode(Buffer.from(body)) ?? {};
  const answer = desk.answer({ path: `/mdm/${to}`, contentType: '', identity: undefined, message });
  return { status: answer.status, body: Buffer.from(answer.body ?? '') };
};
