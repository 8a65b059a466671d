/**
 * The paved road: pipelines for services that bring none of their own. A template is pinned by its
 * number; a change that could turn somebody's run red is a new number.
 */
import type { PipelineSpec } from './language/manifest.ts'

const NODE_FILES = ['package.json', 'package-lock.json']
const NODE_SOURCES = [...NODE_FILES, '*.js', 'src/**', 'test/**']

export const TEMPLATES: Readonly<Record<string, PipelineSpec>> = {
  'paved-road/node-service@1': {
    jobs: {
      install: { run: 'npm ci', inputs: NODE_FILES, outputs: ['node_modules/**'] },
      lint: {
        needs: ['install'],
        run: 'npm run --if-present lint',
        inputs: NODE_SOURCES,
        check: 'static-analysis',
      },
      test: {
        needs: ['install'],
        run: 'node --test --test-reporter=junit --test-reporter-destination=junit.xml',
        inputs: NODE_SOURCES,
        reports: { junit: 'junit.xml' },
        check: 'tests',
      },
      build: {
        needs: ['install'],
        run: 'npm run --if-present build',
        inputs: NODE_SOURCES,
        outputs: ['dist/**'],
      },
      package: {
        needs: ['lint', 'test', 'build'],
        uses: 'package',
        with: {
          include: [...NODE_FILES, '*.js', 'src/**', 'dist/**', 'public/**', 'node_modules/**'],
        },
      },
    },
  },
  'paved-road/python-service@1': {
    jobs: {
      lint: {
        run: 'python3 -m compileall -q .',
        inputs: ['**/*.py'],
        check: 'static-analysis',
      },
      test: { run: 'python3 -m unittest discover', inputs: ['**/*.py'] },
      package: {
        needs: ['lint', 'test'],
        uses: 'package',
        with: { include: ['**/*.py', 'requirements.txt'] },
      },
    },
  },
}
