/** A way by which reminders leave this service: what each folder beside this file gives. `channels.ts` names them. */
import type Router from '@koa/router';
import type { Preferences, PreferencesPut } from '#contracts/types.ts';
import type { Environment } from '#kit/config.ts';
import type { Postgres, Sql } from '#kit/postgres.ts';
import type { Delivery } from '../deliveries.ts';

/** What a user may choose. An event may wish for more (`Wish` in plan.ts). */
export type ChannelName = Preferences['channels'][number];

export interface Channel {
  readonly name: ChannelName;
  /** Whoever has chosen nothing is reminded by it, where there is an address. */
  readonly isUnasked: boolean;
  /** Why a delivery fails that has nowhere to go. */
  readonly noAddress: string;
  /** Sends side by side, in all and to one host: a slow receiver takes its share and no more. */
  readonly sendsMax: number;
  readonly sendsPerHostMax: number;
  /** All sends go through one server: when it is away, one send at a time asks whether it is back. */
  readonly oneServer: boolean;
  /** Which host will have to take it for this user; null: there is no address. */
  hostFor(sql: Sql, userId: string): Promise<string | null>;
  /** What these preferences lack to choose this channel, or undefined. */
  lackOf(wanted: PreferencesPut): Lack | undefined;
  /** Reads what only this channel wants of the environment, and complains there. */
  configure(env: Environment, us: Us): Opener;
}

export interface Lack {
  /** Into the preferences. */
  readonly pointer: string;
  readonly message: string;
}

/** In whose name every channel speaks. */
export interface Us {
  /** Of the page, without a slash at its end. */
  readonly publicUrl: string;
  readonly mailFrom: string;
}

export type Opener = (postgres: Postgres) => Promise<Sender>;

export interface Sender {
  /** Never rejects for what a receiver does. */
  send(delivery: Delivery, signal: AbortSignal): Promise<Tried>;
  /** What a user tells this channel, below `/api/:user_id`, where only that user is. */
  addRoutes?(router: Router, preferencesOf: (userId: string) => Promise<Preferences>): void;
  close(): void;
}

/** What one try came to. `unreached`: nobody was there to refuse it, so it is not counted. */
export type Tried =
  | { readonly type: 'sent' }
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'later'; readonly reason: string; readonly afterMs?: number }
  | { readonly type: 'unreached'; readonly reason: string };
