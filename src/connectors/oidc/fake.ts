/**
 * An issuer on loopback that publishes its keys as CI systems do, signs what it is told to, and can
 * change its keys, go away or answer nonsense. It refuses what a real one refuses: any path but its
 * own two.
 */
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'

export interface Signing {
  readonly claims: Readonly<Record<string, unknown>>
  /** Left out: its own, and the newest. */
  readonly kid?: string
  readonly algorithm?: string
}

export interface FakeIssuer {
  readonly url: string
  /** How often its keys were asked for. */
  asked(): number
  sign(signing: Signing): Promise<string>
  /** Signed by somebody who calls their key as it calls its own. */
  forge(signing: Signing): Promise<string>
  /** A new key; the one before is published on when `keeps` says so. */
  rotate(keeps: boolean): Promise<void>
  answers: 'well' | 'nonsense' | 'elsewhere' | 'not at all'
  stop(): Promise<void>
}

interface Key {
  readonly kid: string
  readonly privateKey: CryptoKey
  readonly jwk: JWK
}

async function newKey(kid: string): Promise<Key> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
  return {
    kid,
    privateKey,
    jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' },
  }
}

/** Made once for all issuers of a process: that takes longer than anything else here. */
let shared: Promise<readonly [own: Key, stranger: Key]> | undefined

export async function startFakeIssuer(): Promise<FakeIssuer> {
  shared ??= Promise.all([newKey('key-1'), newKey('stranger')])
  const [own, stranger] = await shared
  let keys = [own]
  let asked = 0
  let url = ''
  const server = http.createServer((request, response) => {
    const send = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(typeof body === 'string' ? body : JSON.stringify(body))
    }
    if (issuer.answers === 'not at all') return request.destroy()
    if (issuer.answers === 'nonsense') return send(200, '<html>')
    if (request.url === '/.well-known/openid-configuration') {
      const self = issuer.answers === 'elsewhere' ? 'https://evil.example' : url
      return send(200, { issuer: self, jwks_uri: `${url}/keys` })
    }
    if (request.url !== '/keys') return send(404, { error: 'not_found' })
    asked++
    return send(200, { keys: keys.map(({ jwk }) => jwk) })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const signed = (key: Key | undefined, { claims, kid = key?.kid ?? '' }: Signing) => {
    if (key === undefined) throw new Error('it has no key')
    return new SignJWT({ iss: url, ...claims })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid })
      .sign(key.privateKey)
  }
  const issuer: FakeIssuer = {
    url,
    answers: 'well',
    asked: () => asked,
    sign: (signing) => signed(keys.at(-1), signing),
    forge: (signing) => signed(stranger, { kid: keys.at(-1)?.kid ?? '', ...signing }),
    async rotate(keeps) {
      const next = await newKey(`key-${keys.length + 1}-${keeps}`)
      keys = keeps ? [...keys, next] : [next]
    },
    async stop() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
  return issuer
}
