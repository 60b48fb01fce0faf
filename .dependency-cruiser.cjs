/** The directions of the house, enforced: renderer → preload ← main; capabilities meet only in app/. */
const capability = '(fleet|deployment|observability|security|distribution|integration|lifecycle|extensions)/[^/]+'
/** Each brings libraries that few sessions need and that every start and every command would wait for. */
const late = [
  '^main/engines/(ldap/ldap|oidc/oidc|saml/saml)\\.ts$',
  '^main/security/access/proof/(passkey|totp)\\.ts$',
  '^main/security/audit/(anchor/tsa|export/export|export/pdf-render)\\.ts$',
  'node_modules/(pg|undici|ssh2)/',
]

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, dependencyTypesNot: ['type-only'] } },
    {
      name: 'contracts-are-leaves',
      comment: 'A contract may use the contract vocabulary and other contracts of its side, never main or renderer.',
      severity: 'error',
      from: { path: '^preload/' },
      to: { path: '^(main|renderer|e2e)/' },
    },
    { name: 'renderer-knows-no-main', severity: 'error', from: { path: '^renderer/' }, to: { path: '^(main|e2e)/' } },
    {
      name: 'renderer-has-no-node',
      severity: 'error',
      from: { path: '^renderer/', pathNot: '\\.test\\.tsx?$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'main-knows-no-renderer',
      severity: 'error',
      from: { path: '^main/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(renderer|e2e)/' },
    },
    {
      name: 'only-electron-files-know-electron',
      severity: 'error',
      from: { path: '^(main|preload|renderer)/', pathNot: '^(main/app/electron|preload/index\\.ts)' },
      to: { path: 'node_modules/electron/' },
    },
    {
      name: 'kernel-knows-no-capability',
      severity: 'error',
      from: { path: '^main/kernel/', pathNot: '\\.test\\.ts$' },
      to: { path: `^main/(app|engines|${capability})/` },
    },
    {
      name: 'engines-know-no-capability',
      severity: 'error',
      from: { path: '^main/engines/', pathNot: '\\.test\\.ts$' },
      to: { path: `^main/(app|${capability})/` },
    },
    {
      name: 'ui-and-rpc-know-no-capability',
      severity: 'error',
      from: { path: '^renderer/(ui|rpc)/' },
      to: { path: `^renderer/(app|${capability})/` },
    },
    {
      name: 'capabilities-of-main-meet-in-app',
      severity: 'error',
      from: { path: `^main/(${capability})/`, pathNot: '\\.test\\.ts$' },
      to: { path: `^main/(app|${capability})/`, pathNot: '^main/$1/' },
    },
    {
      name: 'capabilities-of-renderer-meet-in-app',
      severity: 'error',
      from: { path: `^renderer/(${capability})/` },
      to: { path: `^renderer/${capability}/`, pathNot: '^renderer/$1/' },
    },
    {
      name: 'services-import-no-adapter',
      severity: 'error',
      from: { path: '/service\\.ts$' },
      to: { path: '/engines/[^/]+\\.ts$', pathNot: '^main/engines/' },
    },
    {
      name: 'what-few-need-loads-at-first-use',
      comment: 'Import it where it is used: await import(…).',
      severity: 'error',
      from: {
        path: '^main/',
        pathNot:
          '\\.(test|fixture)\\.ts$|^main/engines/oidc/|^main/kernel/store/postgres|^main/app/pdf-worker\\.ts$|^main/integration/gateway/plane/upstream/multiplexed-client\\.ts$',
      },
      to: { path: late, dynamic: false, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: '\\.(d\\.ts|test\\.tsx?|config\\.ts)$' },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json'] },
  },
}
