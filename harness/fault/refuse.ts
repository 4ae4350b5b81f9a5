import type { Kind } from './fault.ts';

/**
 * One topic takes no writes while all others do, as after a slip in the rules of a broker: `to` is `kafka/<topic>`. Healed when it takes
 * them again.
 */
export const refuse: Kind = {
  controls: ['refuse', 'accept'],
  parameters: {},
  fits: (part) => part.includes('/'),
  async inject({ to }, controls) {
    await controls.refuse(to);
    return () => controls.accept(to);
  },
};
