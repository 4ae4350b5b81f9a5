#!/usr/bin/env node
import { admin } from './admin.ts';

const [, , ...words] = process.argv;
const onLine = (stream: NodeJS.WriteStream) => (line: string) => void stream.write(`${line}\n`);
process.exitCode = await admin(words, process.env, onLine(process.stdout), onLine(process.stderr));
