/** Puts modules of this folder in the place of some of `impl/kit/`, for everybody but themselves; says in RELEASE which release this is. */
import { registerHooks } from 'node:module';

export function replace(modules: Readonly<Record<string, string>>): void {
  const releases = (process.env['RELEASES'] ?? '').split(',').filter(Boolean);
  if (releases.length === 0) throw new Error('RELEASES is not set. Set it to a list, oldest first, e.g. RELEASES=1.0,1.1,1.2');
  process.env['RELEASE'] = releases[Number(process.env['REPLICA'] ?? 0) % releases.length];
  const kit = new URL('../../impl/kit/', import.meta.url).href;
  const replacements = new Map(
    Object.entries(modules).map(([name, by]) => [`${kit}${name}`, new URL(by, import.meta.url).href] as const),
  );
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      const replacement = replacements.get(found.url);
      return replacement === undefined || replacement === context.parentURL ? found : { ...found, url: replacement };
    },
  });
}
