#!/usr/bin/env node
import { admin } from './admin.ts';

const [, , ...words] = process.argv;
process.exitCode = await admin(
  words,
  process.env,
  (line) => console.log(line),
  (line) => console.error(line),
);
