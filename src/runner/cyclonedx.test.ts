import assert from 'node:assert/strict'
import test from 'node:test'
import { writeSbom } from './cyclonedx.ts'
import type { Part } from './lock-files.ts'

const shop = { service: 'my shop', sha: 'abc123' }
const subject = 'pkg:generic/my%20shop@abc123'
const util: Part = {
  purl: 'pkg:npm/%40scope/util@2.0.0',
  group: '@scope',
  name: 'util',
  version: '2.0.0',
  license: 'MIT OR Apache-2.0',
  hashes: [{ algorithm: 'SHA-512', value: '01'.repeat(64) }],
  isOptional: true,
  needs: [],
}
const web: Part = {
  purl: 'pkg:pypi/web@1',
  name: 'web',
  version: '1',
  license: 'mit',
  hashes: [{ algorithm: 'ROT-13', value: 'ab' }],
  isOptional: false,
  needs: [util.purl, 'pkg:npm/unknown@1'],
}
const read = (bytes: Buffer) => JSON.parse(bytes.toString()) as unknown

test('a service without parts is the only one in its SBOM', () => {
  assert.deepEqual(read(writeSbom(shop, { parts: [], direct: [] })), {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        type: 'application',
        name: 'my shop',
        version: 'abc123',
        'bom-ref': subject,
        purl: subject,
      },
    },
    components: [],
    dependencies: [{ ref: subject }],
  })
})

test('parts come with what is known of them, and with what they need', () => {
  const sbom = read(writeSbom(shop, { parts: [web, util], direct: [web.purl] }))
  const { components, dependencies } = sbom as Record<string, unknown>
  assert.deepEqual(components, [
    {
      type: 'library',
      name: 'util',
      group: '@scope',
      version: '2.0.0',
      'bom-ref': util.purl,
      scope: 'optional',
      hashes: [{ alg: 'SHA-512', content: '01'.repeat(64) }],
      licenses: [{ expression: 'MIT OR Apache-2.0' }],
      purl: util.purl,
    },
    {
      type: 'library',
      name: 'web',
      version: '1',
      'bom-ref': web.purl,
      scope: 'required',
      licenses: [{ license: { id: 'MIT' } }],
      purl: web.purl,
    },
  ])
  assert.deepEqual(dependencies, [
    { ref: subject, dependsOn: [web.purl] },
    { ref: util.purl },
    { ref: web.purl, dependsOn: [util.purl] },
  ])
})

test('equal parts give an equal SBOM, whatever their order', () => {
  const one = writeSbom(shop, { parts: [web, util], direct: [web.purl, util.purl] })
  assert.deepEqual(one, writeSbom(shop, { parts: [util, web], direct: [util.purl, web.purl] }))
})
