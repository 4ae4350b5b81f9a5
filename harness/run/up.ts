/** `npm start`: the stack of the experiments, on the specification's ports, for a person to play with. */
import { mkdirSync } from 'node:fs';
import { claimFolder } from '../process/folder.ts';
import { preflightStage } from '../preflight/preflight.ts';
import { openScope } from '../process/scope.ts';
import { stageOf, type Stager } from '../stage/stager.ts';
import { componentTypesOf } from '../project/component-types.ts';
import type { System } from '../project/system.ts';
import { toolchain } from '../toolchain/toolchain.ts';
import { ownUncaught } from '../uncaught.ts';

export interface UpOptions {
  readonly system: System;
  readonly stager: Stager;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/** Resolves with 130 after Ctrl-C, when everything has stopped. */
export async function up({ system, stager, signal: interrupted, say }: UpOptions): Promise<number> {
  const stage = stageOf(system, { traces: system.traces !== undefined, profile: 'as written' });
  preflightStage(system, stage, stager);
  const end = new AbortController();
  const disown = ownUncaught((error) => end.abort(error));
  const signal = AbortSignal.any([interrupted, end.signal]);
  const tools = await toolchain([...stager.tools([stage])], {
    signal,
    components: componentTypesOf(system),
    progress: ({ tool, text }) => say(`${tool}: ${text}`),
  });
  const scope = openScope({ title: 'up', signal, undoMsMax: 30_000 });
  try {
    const logs = claimFolder(scope, { name: 'logs' });
    mkdirSync(logs, { recursive: true });
    const { target, pages: addresses } = await stager.stage(scope, { system, stage, tools, ports: 'specified', logs, say });
    const lines = Object.keys(system.services).map(
      (name) => `  ${name.padEnd(14)} ${target.url(name).origin}   sidecar ${target.sidecarUrl(name).origin}`,
    );
    const pages = Object.entries(addresses).map(([name, url]) => `  ${name.padEnd(14)} ${url}`);
    const page = system.identity && target.url(system.identity.client.service).origin;
    process.stdout.write(
      `\n${[...lines, ...pages, `  ${'logs'.padEnd(14)} ${logs}`].join('\n')}\n\n${page ? `open ${page} and sign in with any name\n` : ''}Ctrl-C stops all of it.\n`,
    );
    if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  } finally {
    await scope.close();
    disown();
  }
  if (!interrupted.aborted) end.signal.throwIfAborted();
  return 130;
}
