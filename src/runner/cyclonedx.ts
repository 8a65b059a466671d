/**
 * Writes an SBOM in CycloneDX 1.6 JSON: the one file of the runner that speaks CycloneDX's words.
 * No serial number and no time, so that equal parts give an equal SBOM, named by an equal digest.
 */
import { Enums, Models, Serialize, Spec, SPDX } from '@cyclonedx/cyclonedx-library'
import type { Part, PartsList } from './lock-files.ts'

const ALGORITHMS = new Map<string, Enums.HashAlgorithm>(
  Object.values(Enums.HashAlgorithm).map((name) => [name, name]),
)

export interface Subject {
  readonly service: string
  readonly sha: string
}

export function writeSbom(subject: Subject, list: PartsList): Buffer {
  const document = new Models.Bom()
  const purl = `pkg:generic/${encodeURIComponent(subject.service)}@${subject.sha}`
  const root = new Models.Component(Enums.ComponentType.Application, subject.service, {
    version: subject.sha,
    bomRef: purl,
    purl,
  })
  document.metadata.component = root
  const byPurl = new Map(list.parts.map((part) => [part.purl, componentOf(part)]))
  for (const component of byPurl.values()) document.components.add(component)
  const link = (from: Models.Component, purls: readonly string[]) => {
    for (const to of purls) {
      const needed = byPurl.get(to)
      if (needed !== undefined) from.dependencies.add(needed.bomRef)
    }
  }
  link(root, list.direct)
  for (const part of list.parts) {
    const component = byPurl.get(part.purl)
    if (component !== undefined) link(component, part.needs)
  }
  const normalizers = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6)
  const json = new Serialize.JsonSerializer(normalizers).serialize(document, { sortLists: true })
  return Buffer.from(json)
}

function componentOf(part: Part): Models.Component {
  const component = new Models.Component(Enums.ComponentType.Library, part.name, {
    ...(part.group === undefined ? {} : { group: part.group }),
    ...(part.version === undefined ? {} : { version: part.version }),
    bomRef: part.purl,
    purl: part.purl,
    scope: part.isOptional ? Enums.ComponentScope.Optional : Enums.ComponentScope.Required,
  })
  for (const { algorithm, value } of part.hashes) {
    const known = ALGORITHMS.get(algorithm)
    if (known !== undefined) component.hashes.set(known, value)
  }
  if (part.license !== undefined && part.license !== '')
    component.licenses.add(licenseOf(part.license))
  return component
}

function licenseOf(text: string) {
  const id = SPDX.fixupSpdxId(text)
  if (id !== undefined) return new Models.SpdxLicense(id)
  return / (AND|OR|WITH) /.test(text)
    ? new Models.LicenseExpression(text)
    : new Models.NamedLicense(text)
}
