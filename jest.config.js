// `unit` needs nothing but Node; `stack` starts the real parts, two files side by side, which must not collide; `slow` does too, takes minutes, and is no
// part of `npm test` (`npm run guilty`).
// Pact phones home unless it is told not to, and its native core reads the process's own environment.
process.env.PACT_DO_NOT_TRACK = 'true';
process.env.SCARF_ANALYTICS = 'false';

const shared = {
  rootDir: import.meta.dirname,
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } }],
  },
  transformIgnorePatterns: ['/node_modules/'],
  testEnvironment: 'node',
  setupFilesAfterEnv: ['<rootDir>/tests/harness/left-running.ts'],
  modulePathIgnorePatterns: ['<rootDir>/reports/'],
};

export default {
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/tests/**/*.test.ts'],
      testPathIgnorePatterns: ['\\.(stack|slow)\\.test\\.ts$'],
    },
    { ...shared, displayName: 'stack', testMatch: ['<rootDir>/tests/**/*.stack.test.ts'] },
    { ...shared, displayName: 'slow', testMatch: ['<rootDir>/tests/**/*.slow.test.ts'] },
  ],
};
