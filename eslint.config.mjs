import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const roomsWithoutVSCode = ['src/host/**', 'src/lineage/**', 'src/plan/**'];
const noShell = ['child_process', 'node:child_process'].map((name) => ({
  name,
  message: 'Use host/process.ts: argv, no shell.',
}));

export default tseslint.config(
  { ignores: ['dist/', 'out/', 'artifacts/', 'node_modules/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-restricted-imports': ['error', { paths: noShell }],
    },
  },
  {
    files: roomsWithoutVSCode,
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: [
            ...noShell,
            { name: 'vscode', message: 'This room runs without VS Code (DESIGN: the rooms).' },
          ],
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: { 'no-restricted-imports': 'off', '@typescript-eslint/no-unused-expressions': 'off' },
  },
  {
    // Pages of webviews: they run in VS Code's browser.
    files: ['media/*.js'],
    languageOptions: {
      sourceType: 'script',
      globals: {
        acquireVsCodeApi: 'readonly',
        document: 'readonly',
        performance: 'readonly',
        requestAnimationFrame: 'readonly',
        window: 'readonly',
      },
    },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: {
      globals: { process: 'readonly', console: 'readonly', URL: 'readonly', setInterval: 'readonly' },
    },
  },
);
