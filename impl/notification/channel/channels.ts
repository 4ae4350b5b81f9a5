/** Every way out. One more is a folder beside these and a line here; contracts/http/preferences-put.json says who may choose it. */
import type { Channel } from './channel.ts';
import { email } from './email/email.ts';
import { push } from './push/push.ts';

export const channels: readonly Channel[] = [email, push];
