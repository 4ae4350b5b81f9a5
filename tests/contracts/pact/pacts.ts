/** Who promises what to whom, in one list. */
import { backendExchanges } from './backend-exchanges.ts';
import type { Provider } from './exchange.ts';
import { notificationExchanges } from './notification-exchanges.ts';

export const providers: readonly Provider[] = [
  { name: 'backend', exchanges: backendExchanges },
  { name: 'notification', exchanges: notificationExchanges },
];

// Pact would count its users; whoever writes a pact tells nobody. Its native part reads the real environment, of which Jest
// gives a test a copy only: for tests this is said in jest.config.js.
process.env['PACT_DO_NOT_TRACK'] = 'true';
process.env['SCARF_ANALYTICS'] = 'false';
