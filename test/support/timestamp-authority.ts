/** A timestamp authority that knows nothing of us: `openssl ts -reply` behind a small server. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

const CONFIG = `
[req]
distinguished_name = none
[none]
[ca]
basicConstraints = critical,CA:TRUE
[stamping]
basicConstraints = CA:FALSE
extendedKeyUsage = critical,timeStamping
[plain]
basicConstraints = CA:FALSE
[tsa]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_chain = no
`

export interface TestAuthority {
  readonly folder: string
  readonly url: string
  /** Of who issued its certificate. */
  readonly certificates: string
  /** Makes `name.pem` and its key, issued by the same. */
  certify(name: string, usage: 'stamping' | 'plain'): void
  /** One answer, as it is sent. */
  reply(query: Buffer): Buffer
  /** What it answers instead; undefined: as it should. */
  behave(otherwise: ((query: Buffer) => Buffer | number) | undefined): void
}

/** Kinds of keys that authorities have, as openssl asks for them. */
export const KEYS = {
  rsa: ['rsa:2048'],
  ec: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
} as const

export async function timestampAuthority(
  t: Pick<TestContext, 'after'>,
  of: {
    readonly key?: keyof typeof KEYS
    readonly digest?: 'sha256' | 'sha512'
    readonly hashedBy?: 'sha1' | 'sha256'
  } = {},
): Promise<TestAuthority> {
  const { key = 'ec', digest = 'sha256', hashedBy = 'sha256' } = of
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-tsa-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const signing = `signer_digest = ${digest}\ness_cert_id_alg = ${hashedBy}\n`
  writeFileSync(join(folder, 'cnf'), CONFIG + signing)
  writeFileSync(join(folder, 'serial'), '01')
  const openssl = (...args: readonly string[]) =>
    execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] })
  const made = (name: string) => ['-nodes', '-keyout', `${name}.key`, '-subj', `/CN=test ${name}`]
  const ca = ['-x509', '-days', '9', '-extensions', 'ca', '-out', 'ca.pem']
  openssl('req', '-config', 'cnf', '-newkey', ...KEYS.ec, ...made('ca'), ...ca)
  const certify = (name: string, usage: 'stamping' | 'plain') => {
    openssl('req', '-config', 'cnf', '-newkey', ...KEYS[key], ...made(name), '-out', 'csr')
    const issuer = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '5']
    const use = ['-extfile', 'cnf', '-extensions', usage]
    openssl('x509', '-req', '-in', 'csr', ...issuer, ...use, '-out', `${name}.pem`)
  }
  certify('tsa', 'stamping')
  const reply = (query: Buffer): Buffer => {
    writeFileSync(join(folder, 'query'), query)
    openssl('ts', '-reply', '-config', 'cnf', '-section', 'tsa', '-queryfile', 'query', '-out', 'r')
    return readFileSync(join(folder, 'r'))
  }
  let instead: Parameters<TestAuthority['behave']>[0]
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const said = (instead ?? reply)(Buffer.concat(parts))
      if (typeof said === 'number') return response.writeHead(said).end()
      return response.writeHead(200, { 'content-type': 'application/timestamp-reply' }).end(said)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => new Promise((resolve) => server.close(resolve)))
  const { port } = server.address() as AddressInfo
  return {
    folder,
    url: `http://127.0.0.1:${port}/`,
    certificates: readFileSync(join(folder, 'ca.pem'), 'utf8'),
    certify,
    reply,
    behave: (otherwise) => void (instead = otherwise),
  }
}
