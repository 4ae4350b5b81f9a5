/**
 * What impl/ may reach the world with: an allow-list, by folder or file, of packages, parts of Node and globals. Whatever isn't
 * in it is found, by whatever name it comes: that nobody talks to a broker or a store but through the sidecar rests on this.
 * Part of `npm run doors`: prints what it finds and exits 1.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, normalize, relative } from 'node:path';
import ts from 'typescript';

/** Where it may be used: everywhere in impl/, or below these folders, or in these files. */
type Where = 'everywhere' | readonly string[];

const packages: Readonly<Record<string, Where>> = {
  koa: 'everywhere',
  '@koa/router': 'everywhere',
  pino: 'everywhere',
  axios: ['kit/sidecar/'],
  cockatiel: ['kit/sidecar/breaker.ts', 'kit/sidecar/bulkhead.ts'],
  postgres: ['kit/postgres.ts'], // types of it in patience.ts and migrate.ts
  '@koa/bodyparser': ['kit/web/body.ts', 'kit/receive/cloud-event.ts'],
  ajv: ['kit/', 'backend/chat/language-tools.ts'],
  'ajv-formats': ['kit/validators.js'],
  'prom-client': ['kit/metrics.ts'],
  '@opentelemetry/api': ['kit/telemetry.ts'],
  '@opentelemetry/context-async-hooks': ['kit/telemetry.ts'],
  '@opentelemetry/core': ['kit/telemetry.ts'],
  '@opentelemetry/exporter-zipkin': ['kit/telemetry.ts'],
  '@opentelemetry/resources': ['kit/telemetry.ts'],
  '@opentelemetry/sdk-trace': ['kit/telemetry.ts'],
  jose: ['kit/web/auth.ts', 'frontend/'],
  'koa-helmet': ['frontend/security-headers.ts'],
  'openid-client': ['frontend/provider.ts'],
  rrule: ['domain/wall-times.ts'],
  'temporal-polyfill': ['domain/recurrence.ts', 'backend/chat/'],
  nodemailer: ['notification/channel/email/'],
  'web-push': ['notification/channel/push/'],
};
/** For the browser, and for npm: no service imports them. */
const packagesElsewhere = ['preact', 'htm', 'patch-package'];

const builtins: Readonly<Record<string, Where>> = {
  'node:crypto': 'everywhere',
  'node:path': 'everywhere',
  'node:url': 'everywhere',
  'node:timers/promises': 'everywhere',
  'node:async_hooks': ['kit/web/request-id.ts'],
  'node:fs': ['kit/migrate.ts', 'frontend/page.ts', 'backend/openapi.ts'],
  'node:stream': ['frontend/stream-routes.ts'],
  'node:zlib': ['frontend/page.ts'],
  // A server there, the agent of axios here.
  'node:http': ['kit/service.ts', 'kit/sidecar/sidecar.ts'],
  // Generated code requires two functions of its compiler.
  'node:module': ['kit/validators.js'],
};
/** Who could also call out with it may only take these names. */
const namesOnly: Readonly<Record<string, readonly string[]>> = { 'kit/service.ts node:http': ['createServer'] };

const globals: Readonly<Record<string, Where>> = {
  // An identity provider's keys, a language model, a push service: none of them is behind the sidecar.
  fetch: ['kit/web/auth.ts', 'backend/chat/openai-assistant.ts', 'notification/channel/push/web-push.ts'],
  WebSocket: [],
  EventSource: [],
  XMLHttpRequest: [],
  WebAssembly: [],
  globalThis: [],
  global: [],
  eval: [],
  Function: [],
  require: ['kit/validators.js'],
  createRequire: ['kit/validators.js'],
};
/** Of `process`: not `getBuiltinModule`, `binding`, `dlopen` or `mainModule`, which open anything. */
const ofProcess = new Set(['env', 'exit', 'exitCode', 'on', 'once', 'off', 'pid', 'argv', 'memoryUsage', 'uptime', 'version']);
/** What a command says is said there. */
const ofProcessSomewhere: Readonly<Record<string, Where>> = { stdout: ['admin/main.ts'], stderr: ['admin/main.ts'] };

export interface OpenDoor {
  /** Below the repository. */
  readonly file: string;
  readonly line: number;
  readonly because: string;
}

/** Looks at all of `<root>/impl`, and at the dependencies of `<root>/package.json`. */
export function openDoors(root: string): OpenDoor[] {
  const impl = join(root, 'impl');
  const files = readdirSync(impl, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:[cm]?[jt]s|jsx|tsx|node|wasm)$/.test(entry.name) && !entry.name.endsWith('.d.ts'))
    .map((entry) => relative(impl, join(entry.parentPath, entry.name)))
    // What browsers run reaches nothing but this server: its Content-Security-Policy sees to that.
    .filter((file) => !file.startsWith('frontend/page/'))
    .sort();
  return [...files.flatMap((file) => doorsOf(impl, file)), ...unknownDependencies(root)];
}

function unknownDependencies(root: string): OpenDoor[] {
  const text = readFileSync(join(root, 'package.json'), 'utf8');
  const names = Object.keys((JSON.parse(text) as { dependencies?: object }).dependencies ?? {});
  return names
    .filter((name) => !Object.hasOwn(packages, name) && !packagesElsewhere.includes(name))
    .map((name) => ({
      file: 'package.json',
      line: text.slice(0, text.indexOf(`"${name}"`)).split('\n').length,
      because: `${name} is a dependency that no folder of impl/ may import`,
    }));
}

function doorsOf(impl: string, file: string): OpenDoor[] {
  const found: OpenDoor[] = [];
  if (!/\.[tj]s$/.test(file)) return [{ file: `impl/${file}`, line: 1, because: 'only .ts and .js can be looked through' }];
  const source = ts.createSourceFile(file, readFileSync(join(impl, file), 'utf8'), ts.ScriptTarget.Latest, true);
  const say = (node: ts.Node, because: string) =>
    found.push({
      file: `impl/${file}`,
      line: source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1,
      because,
    });
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
      const names = isOfTypes(node) ? [] : namesOf(node);
      if (node.moduleSpecifier && names.length + Number(!isOfTypes(node)) > 0)
        imported(node, (node.moduleSpecifier as ts.StringLiteral).text, names);
    } else if (ts.isImportEqualsDeclaration(node)) say(node, 'import = is not for modules');
    else if (ts.isCallExpression(node)) called(node);
    else if (ts.isIdentifier(node)) named(node);
    else if (ts.isElementAccessExpression(node) && /^['"`]constructor['"`]$/.test(node.argumentExpression.getText(source)))
      say(node, 'constructor leads to Function, which runs any text');
    ts.forEachChild(node, visit);
  };

  function imported(node: ts.Node, specifier: string, names: readonly string[]): void {
    if (/^\.{1,2}(?:\/|$)/.test(specifier)) {
      const target = normalize(join('impl', file, '..', specifier));
      if (!/^(?:impl|contracts)\//.test(target) || /node_modules|^impl\/frontend\/page\//.test(target))
        say(node, `${specifier} leads out of what is looked through`);
    } else if (/^#(?:kit|domain|contracts)\//.test(specifier)) {
      if (/\.\.|node_modules/.test(specifier)) say(node, `${specifier} leads out of what is looked through`);
    } else if (specifier.startsWith('node:') || builtinModules.includes(specifier)) {
      const name = specifier.startsWith('node:') ? specifier : `node:${specifier}`;
      if (!allows(builtins, name, file)) say(node, `${name} is not for this file`);
      const only = namesOnly[`${file} ${name}`];
      const others = only ? names.filter((each) => !only.includes(each)) : [];
      if (others.length > 0) say(node, `of ${name} this file may take ${only?.join()} and not ${others.join()}`);
    } else {
      const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
      if (!allows(packages, name, file)) say(node, `the package ${name} is not for this file`);
    }
  }

  function called(node: ts.CallExpression): void {
    const isImport = node.expression.kind === ts.SyntaxKind.ImportKeyword;
    if (!isImport && !(ts.isIdentifier(node.expression) && node.expression.text === 'require')) return;
    const [what] = node.arguments;
    if (what && ts.isStringLiteralLike(what)) imported(node, what.text, ['*']);
    else say(node, 'it imports what nobody can read here');
  }

  function named(node: ts.Identifier): void {
    const { parent, text } = node;
    if (isOnlyAName(node)) {
      // Of whatever object: these names do no other work.
      if (text === 'getBuiltinModule' || text === 'constructor') say(node, `${text} leads to what is not imported`);
      return;
    }
    if (Object.hasOwn(globals, text) && !allows(globals, text, file)) say(node, `${text} is not for this file`);
    if (text !== 'process') return;
    const member = ts.isPropertyAccessExpression(parent) && parent.expression === node ? parent.name.text : undefined;
    const mayHere = member !== undefined && Object.hasOwn(ofProcessSomewhere, member) && allows(ofProcessSomewhere, member, file);
    if (member === undefined || !(ofProcess.has(member) || mayHere)) say(node, `process.${member ?? '*'} is not for this file`);
  }

  visit(source);
  return found;
}

/** A member's or a type's name, not the value of that name. */
function isOnlyAName(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  if (ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent) || ts.isMethodSignature(parent))
    return parent.name === node;
  if (ts.isMethodDeclaration(parent) || ts.isPropertyDeclaration(parent)) return parent.name === node;
  if (ts.isBindingElement(parent)) return parent.propertyName === node;
  return ts.isTypeReferenceNode(parent) || ts.isTypeQueryNode(parent) || ts.isQualifiedName(parent);
}

/** Whether nothing of it is left when it runs. */
function isOfTypes(node: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  return node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
}

function namesOf(node: ts.ImportDeclaration | ts.ExportDeclaration): string[] {
  if (ts.isExportDeclaration(node)) return ['*'];
  const bindings = node.importClause?.namedBindings;
  const named =
    bindings === undefined
      ? []
      : ts.isNamedImports(bindings)
        ? bindings.elements.filter(({ isTypeOnly }) => !isTypeOnly).map(({ name, propertyName }) => (propertyName ?? name).text)
        : ['*'];
  return [...(node.importClause?.name ? ['default'] : []), ...named];
}

function allows(table: Readonly<Record<string, Where>>, name: string, file: string): boolean {
  if (!Object.hasOwn(table, name)) return false;
  const where = table[name] as Where;
  return where === 'everywhere' || where.some((each) => (each.endsWith('/') ? file.startsWith(each) : file === each));
}

if (import.meta.main) {
  const found = openDoors(join(import.meta.dirname, '..'));
  for (const { file, line, because } of found) process.stdout.write(`${file}:${line}: ${because}\n`);
  process.stdout.write(
    found.length === 0
      ? 'impl/ reaches the world by its doors only\n'
      : `Found ${found.length}. Go through impl/kit/sidecar, or give the file its door in tests/doors.ts and say why.\n`,
  );
  process.exitCode = found.length === 0 ? 0 : 1;
}
