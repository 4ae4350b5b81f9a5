import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { claimPort, claimPorts } from '../../../harness/process/ports.ts';
import { fixture, inScope } from './scene.ts';

const lockOf = (port: number) => join(tmpdir(), 'plumbline-ports', String(port));

describe('ports', () => {
  it('are different, below the ephemeral range, and ours until the scope closes', async () => {
    let ports: number[] = [];
    await inScope(async (scope) => {
      ports = await claimPorts(scope, 20);
      expect(new Set(ports).size).toBe(20);
      expect(Math.max(...ports)).toBeLessThan(32_768);
      expect(readFileSync(lockOf(ports[0] as number), 'utf8').split(' ')[0]).toBe(String(process.pid));
    });
    expect(ports.filter((port) => existsSync(lockOf(port)))).toEqual([]);
  });

  it('of processes that claim at once never meet', async () => {
    const children = Array.from({ length: 3 }, () =>
      spawn(process.execPath, [fixture('claims-ports.ts'), '100'], { stdio: ['pipe', 'pipe', 'inherit'] }),
    );
    const claims = await Promise.all(
      children.map(async (child) => JSON.parse(String((await once(child.stdout, 'data'))[0])) as number[]),
    );
    const ended = children.map((child) => once(child, 'exit'));
    for (const child of children) child.stdin.end();
    await Promise.all(ended);
    expect(claims.map((ports) => ports.length)).toEqual([100, 100, 100]);
    expect(new Set(claims.flat()).size).toBe(300);
  });

  it('of a process that died are free again', () =>
    inScope(async (scope) => {
      const child = spawn(process.execPath, [fixture('claims-ports.ts'), '1'], { stdio: ['pipe', 'pipe', 'inherit'] });
      const [port] = JSON.parse(String((await once(child.stdout, 'data'))[0])) as [number];
      await expect(claimPort(scope, port, 'backend')).rejects.toThrow(
        `claimed by another run of the harness, pid ${child.pid}. Stop it`,
      );
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      expect(existsSync(lockOf(port))).toBe(true);
      expect(await claimPort(scope, port, 'backend')).toBe(port);
    }));

  it('are not held by a pid that is used again', () =>
    inScope(async (scope) => {
      const [port] = (await claimPorts(scope.child('finds one'), 1)) as [number];
      writeFileSync(lockOf(port), `${process.pid} 1`);
      expect(await claimPort(scope, port, 'backend')).toBe(port);
    }));

  it('taken by a stranger are named with the stranger', () =>
    inScope(async (scope) => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      try {
        await expect(claimPort(scope, port, 'backend')).rejects.toThrow(
          new RegExp(
            `^PORT_TAKEN: port ${port} \\(backend\\) is in use by pid ${process.pid} \\(.*\\)\\. Stop it, or give backend another port$`,
          ),
        );
      } finally {
        server.close();
      }
    }));
});
