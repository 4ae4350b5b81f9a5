// Types find most mistakes; these rules find what types can't: promises nobody waits for, prints nobody asked for, tests that do not run.
import js from '@eslint/js';
import typescript from 'typescript-eslint';

export default typescript.config(
  {
    ignores: [
      'node_modules/',
      'reports/',
      'contracts/types.ts',
      'impl/kit/validators.js',
      'load/k6/',
      'harness/report/page.js',
      '**/fixtures/*.mjs',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [typescript.configs.recommended],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: true }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_' },
      ],
      'no-console': 'error',
      // A closure may name what is assigned once, later: an undo that is written down before its start.
      'prefer-const': ['error', { ignoreReadBeforeAssign: true }],
    },
  },
  {
    // The web page: no build, so it is linted as browsers read it. Types: tests/impl/frontend/page/tsconfig.json.
    files: ['impl/frontend/page/*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        (
          'addEventListener clearTimeout crypto document EventSource fetch FormData Headers history localStorage location matchMedia ' +
          'navigator Notification queueMicrotask requestAnimationFrame self sessionStorage setTimeout URL URLSearchParams window ' +
          'removeEventListener setInterval clearInterval performance AbortSignal atob clients registration Intl Event HTMLElement'
        )
          .split(' ')
          .map((name) => [name, 'readonly']),
      ),
    },
  },
  { files: ['*.cjs', '*.js'], languageOptions: { globals: { module: 'writable', process: 'readonly' } } },
  {
    files: ['tests/**'],
    rules: {
      'no-restricted-properties': [
        'error',
        ...['describe', 'it', 'test'].flatMap((object) =>
          ['skip', 'only', 'todo'].map((property) => ({
            object,
            property,
            message: 'A test that does not run asserts nothing.',
          })),
        ),
      ],
    },
  },
);
