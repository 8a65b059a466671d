/**
 * Who may import whom. A folder of src/ is a room; a file name is a layer. ARCHITECTURE.md draws the same picture.
 * Run it through tools/check-imports.ts, never bare: with a TypeScript it does not support, depcruise cruises nothing and exits 0.
 */
const LADDER = [
  'access',
  'catalog',
  'pipelines',
  'artifacts',
  'gates',
  'releases',
  'rollouts',
  'operations',
]
const OBSERVERS = ['evidence', 'insights', 'comms'] // they read every room; no room reads them
const ROOMS = [...LADDER, ...OBSERVERS].join('|')
const SHELL = '(views|queries|reconcilers|ports|routes)[/.]' // layer files; any other file in a room is its pure core
const TEST = '\\.test\\.ts$'

const rule = (name, comment, from, to) => ({ name, severity: 'error', comment, from, to })
const ladder = LADDER.map((room, i) =>
  rule(
    `ladder-${room}`,
    `${room} asks nothing of the rooms above it; it may still read their events.`,
    { path: `^src/${room}/`, pathNot: TEST },
    { path: `^src/(${[...LADDER.slice(i + 1), ...OBSERVERS].join('|')})/`, pathNot: '/events[/.]' },
  ),
)

module.exports = {
  forbidden: [
    rule(
      'no-cycles',
      'Two files that need each other are one file, or three.',
      {},
      { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    ),
    rule(
      'no-orphans',
      'Dead code is deleted.',
      {
        orphan: true,
        pathNot: [
          TEST,
          '^src/main\\.ts$',
          '^src/kernel/',
          '^src/[^/]+/(events|commands|ports)[/.]',
        ],
      },
      {},
    ),
    rule(
      'kernel-stands-alone',
      'The kernel imports nothing.',
      { path: '^src/kernel/', pathNot: TEST },
      { pathNot: '^src/kernel/' },
    ),
    rule(
      'core-is-pure',
      'A decider knows the kernel, its own core and events. No node:*, no engine, no package but zod and CEL.',
      {
        path: `^src/(${ROOMS})/`,
        pathNot: [`^src/[^/]+/${SHELL}`, '^src/evidence/(log|bundle)/', TEST],
      },
      {
        pathNot: [
          '^src/kernel/',
          `^src/(${ROOMS})/events[/.]`,
          `^src/$1/(?!${SHELL})`,
          '^node_modules/zod/',
          'node_modules/zod/',
          // An evaluator of expressions: a function of text and values, as a decider is.
          'node_modules/@bufbuild/cel/',
        ],
      },
    ),
    rule(
      'log-is-pure',
      'Hashes and signatures are functions of bytes; the formats of the log need nothing else.',
      { path: '^src/evidence/(log|bundle)/', pathNot: TEST },
      {
        pathNot: [
          '^src/kernel/',
          '^src/evidence/(log|bundle)/',
          '^(node:)?crypto$',
          'node_modules/canonicalize/',
        ],
      },
    ),
    rule(
      'two-doors',
      'Another room is entered by its events or its queries.',
      { path: `^src/(${ROOMS})/`, pathNot: TEST },
      { path: `^src/(${ROOMS})/`, pathNot: ['^src/$1/', '^src/[^/]+/(events|queries|ports)[/.]'] },
    ),
    rule(
      'ports-are-contracts',
      'The port of a room below may be named as a type; app.ts hands in what fills it.',
      { path: `^src/(${ROOMS})/`, pathNot: TEST },
      {
        path: `^src/(${ROOMS})/ports[/.]`,
        pathNot: '^src/$1/',
        dependencyTypesNot: ['type-only'],
      },
    ),
    ...ladder,
    rule(
      'engine-knows-no-room',
      'The engine is handed what it runs.',
      { path: '^src/engine/', pathNot: TEST },
      { path: `^src/(${ROOMS}|connectors|http|cli)/` },
    ),
    rule(
      'sql-has-two-homes',
      'SQL is spoken by the engine, views and queries.',
      {
        path: '^src/',
        pathNot: [
          '^src/engine/',
          '^src/[^/]+/(views|queries)[/.]',
          '^src/(open-database|manifest-kinds)\\.ts$',
          TEST,
        ],
      },
      { path: '^src/engine/sql[/.]' },
    ),
    rule(
      'connectors-meet-ports',
      'A connector fills a port; it never calls the platform.',
      { path: '^src/connectors/', pathNot: TEST },
      {
        path: '^src/',
        pathNot: [
          '^src/kernel/',
          '^src/connectors/',
          `^src/(${ROOMS})/(ports|events)[/.]`,
          // Formats that others defined, and that both sides speak.
          '^src/evidence/log/',
        ],
      },
    ),
    rule(
      'connectors-are-strangers',
      'One tool per folder; what two share lives in connectors/shared.',
      { path: '^src/connectors/([^/]+)/' },
      { path: '^src/connectors/', pathNot: ['^src/connectors/$1/', '^src/connectors/shared/'] },
    ),
    rule(
      'only-app-wires',
      'app.ts is the composition root; audit-*.ts, timestamp-authorities.ts and open-connections.ts ' +
        'are parts of it; ' +
        'git-history.ts hands the command line what it reads.',
      {
        path: '^src/',
        pathNot: [
          '^src/(app|audit-log|audit-bucket|timestamp-authorities|open-connections|git-history)\\.ts$',
          '^src/connectors/',
          TEST,
        ],
      },
      { path: '^src/connectors/' },
    ),
    rule(
      'http-mounts-routes',
      'Routes are mounted by http/ alone; app.ts hands them over.',
      { path: '^src/([^/]+)', pathNot: ['^src/(http/|(app|audit-log)\\.ts)', TEST] },
      { path: '^src/[^/]+/routes[/.]', pathNot: '^src/$1/routes/' },
    ),
    rule(
      'runner-is-a-client',
      'A runner speaks HTTP; it shares only the protocol and the shape of a job.',
      { path: '^src/runner/', pathNot: TEST },
      {
        path: '^src/',
        pathNot: ['^src/runner/', '^src/kernel/', '^src/pipelines/(protocol|events)[/.]'],
      },
    ),
    rule(
      'witness-is-a-stranger',
      'A witness runs elsewhere and believes nobody: of the server it knows the formats.',
      { path: '^src/witness/', pathNot: TEST },
      {
        path: '^src/',
        pathNot: [
          '^src/witness/',
          '^src/kernel/',
          '^src/evidence/log/',
          '^src/engine/(log|sole)\\.ts$',
        ],
      },
    ),
    rule(
      'local-has-no-server',
      'A run on this machine is the core of pipelines and the way of a runner, and nothing else.',
      { path: '^src/local/', pathNot: TEST },
      {
        path: '^src/',
        pathNot: [
          '^src/(local|kernel|runner)/',
          '^src/pipelines/(protocol|events|run|run-state|commands|job-bindings|performance)[/.]',
        ],
      },
    ),
    rule(
      'demo-is-a-client',
      'The demonstration uses what users use: the API and the command line.',
      { path: '^src/demo/', pathNot: TEST },
      { path: '^src/', pathNot: ['^src/demo/', '^src/kernel/', '^src/cli/'] },
    ),
    rule(
      'nothing-imports-the-demo',
      'The demonstration wires; it is wired by main alone.',
      { path: '^src/', pathNot: ['^src/demo/', '^src/main\\.ts$', TEST] },
      { path: '^src/demo/' },
    ),
    rule(
      'cli-is-a-client',
      'The CLI and the MCP server speak HTTP like anyone else.',
      { path: '^src/cli/', pathNot: TEST },
      { path: '^src/', pathNot: ['^src/cli/', '^src/kernel/'] },
    ),
    rule('no-test-in-production', '', { path: '^src/', pathNot: TEST }, { path: [TEST, '^test/'] }),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { extensions: ['.ts', '.js'] },
  },
}
