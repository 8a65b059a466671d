import assert from 'node:assert/strict'
import test from 'node:test'
import { createLog } from '../src/log.js'
import { page, price } from '../src/page.js'
import { visitorOf } from '../src/request.js'
import { LAMP } from './support.js'

test('prices are exact', () => {
  assert.equal(price({ priceMinor: 1999, currency: 'EUR' }), 'EUR 19.99')
  assert.equal(price({ priceMinor: 5, currency: 'EUR' }), 'EUR 0.05')
})

test('a name cannot become markup', () => {
  const body = page({ source: 'catalog', items: [{ ...LAMP, name: '<script>"&' }] })
  assert.match(body, /&lt;script&gt;&quot;&amp;/)
  assert.doesNotMatch(body, /<script>/)
})

test('a visitor says who they are by header, query or cookie, and not at length', () => {
  const visitor = (url, headers = {}) => visitorOf({ url, headers })
  assert.equal(visitor('/?visitor=bob', { 'x-visitor': 'mary' }), 'mary')
  assert.equal(visitor('/?visitor=bob', { cookie: 'visitor=eve' }), 'bob')
  assert.equal(visitor('/', { cookie: 'a=1; visitor=eve; b=2' }), 'eve')
  assert.equal(visitor('/'), 'anonymous')
  assert.equal(visitor('/', { 'x-visitor': 'x'.repeat(1000) }).length, 64)
})

test('a storm of errors is cut and counted', () => {
  const lines = []
  let now = 5000
  const log = createLog({ write: (line) => lines.push(JSON.parse(line)), now: () => now })
  for (let i = 0; i < 100; i += 1) log.error('request failed', { i })
  assert.equal(lines.length, 5)
  now = 6000
  log.error('request failed')
  assert.deepEqual(
    lines.slice(5).map(({ message, count }) => [message, count]),
    [
      ['more errors, not shown', 95],
      ['request failed', undefined],
    ],
  )
})
