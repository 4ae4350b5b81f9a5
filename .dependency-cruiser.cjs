// Who may import whom; what impl/ may import beside itself, and open without an import, is in tests/doors.ts. Data folders (components, k8s, reports) are reached by path, never imported.
const never = (name, from, to, pathNot) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { path: to, ...(pathNot && { pathNot }) },
});
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    never('contracts-import-nothing', '^contracts/', '^(impl|harness|load|chaos|tests)/'),
    never('kit-knows-no-service', '^impl/kit/', '^(impl/(?!kit/)|harness/|load/|chaos/|tests/)'),
    never('domain-knows-no-service', '^impl/domain/', '^(impl/(?!kit/|domain/)|harness/|load/|chaos/|tests/)'),
    never('backend-is-alone', '^impl/backend/', '^(impl/(?!kit/|domain/|backend/)|harness/|load/|chaos/|tests/)'),
    never('recurring-is-alone', '^impl/recurring/', '^(impl/(?!kit/|domain/|recurring/)|harness/|load/|chaos/|tests/)'),
    never('frontend-is-alone', '^impl/frontend/', '^(impl/(?!kit/|frontend/)|harness/|load/|chaos/|tests/)'),
    never('notification-is-alone', '^impl/notification/', '^(impl/(?!kit/|notification/)|harness/|load/|chaos/|tests/)'),
    never('harness-knows-no-implementation', '^(harness|load|chaos)/', '^impl/'),
    never('evidence-is-the-hinge', '^harness/evidence/', '^harness/(?!evidence/)'),
    never('project-knows-nothing-of-the-harness', '^harness/project/', '^harness/(?!project/|evidence/|nearest\\.ts$)'),
    // Each room of the judgement may use what is left of it in: toolchain -> process -> stage -> fault -> workload -> run.
    never(
      'toolchain-is-leftmost',
      '^harness/toolchain/',
      '^harness/(process|stage|fault|workload|preflight|run|contract|verdict|report)/',
    ),
    never('process-looks-left', '^harness/process/', '^harness/(stage|fault|workload|preflight|run|contract|verdict|report)/'),
    never('stage-looks-left', '^harness/stage/', '^harness/(fault|workload|preflight|run|contract|verdict|report)/'),
    never('fault-looks-left', '^harness/fault/', '^harness/(workload|preflight|run|contract|verdict|report)/'),
    never('workload-looks-left', '^harness/workload/', '^harness/(preflight|run|contract|verdict|report)/'),
    never('preflight-starts-nothing', '^harness/preflight/', '^harness/(process|workload|run|report)/'),
    never('run-has-no-opinion', '^harness/run/', '^harness/(verdict|report)/'),
    never('run-alone-calls-the-judge', '^harness/(?!run/run\\.ts$|cli\\.ts$)', '^harness/judge\\.ts$'),
    never(
      'the-judge-does-not-visit-the-scene',
      '^harness/(verdict|report)/',
      '^harness/(toolchain|process|stage|fault|workload|preflight|run)/',
    ),
    never(
      'static-checks-start-nothing',
      '^harness/contract/',
      '^harness/(boot|process|stage|fault|workload|preflight|verdict|report|run)',
    ),
    never('verdict-does-not-render', '^harness/verdict/', '^harness/report/'),
    never(
      'experiments-use-the-harness-only',
      '^(load|chaos|tests/contracts/.*\\.check\\.ts$)',
      '^(impl|harness/(toolchain|process|report|run|cli)|tests/(?!contracts/))',
    ),
    never(
      'other-systems-are-alone',
      '^tests/byo/[^/]+/services/',
      '^(impl|harness|load|chaos|contracts|tests/(?!byo/[^/]+/services/))',
    ),
    never(
      'experiments-of-other-systems-use-the-harness-only',
      '^tests/byo/[^/]+/(load|chaos|tests/contracts)/',
      '^(impl|harness/(toolchain|process|report|run|cli)|load|tests/(?!byo/[^/]+/(load|chaos|tests)/))',
    ),
    never('tests-are-imported-by-tests-only', '^(impl|harness|load|chaos|contracts)/', '^tests/(?!contracts/.*\\.check\\.ts$)'),
    {
      name: 'no-unlisted-package',
      severity: 'error',
      from: { path: '^(impl|harness)/' },
      to: { dependencyTypes: ['npm-no-pkg', 'unknown', 'undetermined'] },
    },
    { name: 'not-to-unresolvable', severity: 'error', from: { pathNot: '^load/k6/' }, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(reports|node_modules)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.json', '.d.ts'],
    },
  },
};
