// The rules of the house that a machine can check.
import regexp from 'eslint-plugin-regexp';
import security from 'eslint-plugin-security';
import tseslint from 'typescript-eslint';

/** TypeORM and SQL stay where they belong. */
const databaseImports = {
  paths: [
    {
      name: 'typeorm',
      message:
        'Only entities, repositories, platform/database, platform/repository, migrations and ormconfig.ts may import typeorm.',
    },
  ],
};

const bannedSyntax = [
  {
    selector: "MemberExpression[property.name='enterWith']",
    message: 'enterWith leaks the context to the caller: use run().',
  },
  {
    selector: "Decorator[expression.callee.name='InjectRepository']",
    message: 'An injected repository runs outside the scope: extend OwnedRepository.',
  },
];
const bannedEnvironment = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message: 'Read the environment in platform/config only.',
};

/** The console shows texts of users as texts, and keeps no key. */
const bannedInPages = [
  {
    selector: 'JSXAttribute[name.name="dangerouslySetInnerHTML"]',
    message: 'Texts of users are shown as text.',
  },
  {
    selector: 'MemberExpression[property.name=/^(inner|outer)HTML$|^insertAdjacentHTML$|^cookie$/]',
    message: 'Texts of users are shown as text, and the key is kept in memory only.',
  },
];

/**
 * What an attacker could use. Regular expressions are proved linear by eslint-plugin-regexp; the
 * heuristic of eslint-plugin-security for them is wrong for most of ours.
 */
const securityRules = {
  'regexp/no-super-linear-backtracking': ['error', { report: 'certain' }],
  'regexp/no-super-linear-move': 'error',
  'security/detect-bidi-characters': 'error',
  'security/detect-buffer-noassert': 'error',
  'security/detect-child-process': 'error',
  'security/detect-eval-with-expression': 'error',
  'security/detect-new-buffer': 'error',
  'security/detect-non-literal-require': 'error',
  'security/detect-pseudoRandomBytes': 'error',
};

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'clients/*/dist/',
      // Generated.
      'clients/typescript/src/api.ts',
      'coverage/',
      'node_modules/',
      '.threadkeep/',
      'test/published-types/*.check.ts',
    ],
  },
  {
    files: ['{src,migrations,bench,clients}/**/*.{ts,tsx,mjs}'],
    plugins: { regexp, security },
    rules: securityRules,
  },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/require-await': 'off',
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 60 }],
      'no-restricted-syntax': ['error', ...bannedSyntax],
    },
  },
  {
    files: ['src/**/*.{ts,tsx}'],
    rules: {
      'no-restricted-syntax': ['error', ...bannedSyntax, bannedEnvironment],
      'no-restricted-imports': ['error', databaseImports],
    },
  },
  {
    files: ['src/console/app/**/*.{ts,tsx}'],
    rules: {
      'no-restricted-syntax': ['error', ...bannedSyntax, bannedEnvironment, ...bannedInPages],
      'no-restricted-globals': ['error', ...['localStorage', 'sessionStorage', 'indexedDB']],
    },
  },
  {
    files: ['src/platform/config/*.ts'],
    rules: { 'no-restricted-syntax': ['error', ...bannedSyntax] },
  },
  {
    files: [
      'src/**/*.entity.ts',
      'src/**/*.repository.ts',
      'src/platform/database/**/*.ts',
      'src/platform/repository/*.ts',
      'src/platform/idempotency/erased-answers.ts',
    ],
    rules: { 'no-restricted-imports': 'off' },
  },
  {
    files: ['test/**/*.ts', 'src/**/*.spec.ts'],
    rules: {
      'max-lines': ['error', { max: 850 }],
      'max-lines-per-function': 'off',
      // supertest bodies are untyped.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      'no-restricted-syntax': [
        'error',
        ...bannedSyntax,
        {
          selector:
            'CallExpression[callee.property.name=/^(only|skip|todo)$/][callee.object.name=/^(it|test|describe)$/]',
          message: 'No skipped or focused test.',
        },
      ],
    },
  },
);
