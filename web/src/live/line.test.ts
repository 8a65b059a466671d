import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Channel, type Heard, Line, type Means, type Source } from './line.ts'

type Listener = (message: MessageEvent<string>) => void

interface Tab {
  hear: (said: unknown) => void
  begin: () => void
  source?: FakeSource
}

/** A browser with tabs: who holds the lock, who hears whom, and what the server was asked for. */
class Browser {
  readonly asked: string[] = []
  #tabs: Tab[] = []

  open(): { heard: Heard[]; close(): void; source(): FakeSource } {
    const heard: Heard[] = []
    const channel: Channel = {
      say: (said) => {
        for (const each of this.#tabs) if (each !== tab) each.hear(structuredClone(said))
      },
      onSaid: (hear) => {
        tab.hear = hear
      },
    }
    const tab: Tab = { hear: () => {}, begin: () => {} }
    const means: Means = {
      channel,
      listen: (path) => {
        this.asked.push(path)
        tab.source = new FakeSource()
        return tab.source
      },
      lead: (begin) => {
        tab.begin = begin
        if (this.#tabs[0] === tab) begin()
      },
    }
    this.#tabs.push(tab)
    new Line(means, (one) => heard.push(one)).start()
    return {
      heard,
      source: () => tab.source ?? assert.fail('this tab does not listen'),
      close: () => {
        const wasFirst = this.#tabs[0] === tab
        this.#tabs = this.#tabs.filter((each) => each !== tab)
        if (wasFirst) this.#tabs[0]?.begin()
      },
    }
  }
}

class FakeSource implements Source {
  readyState = 1
  isClosed = false
  readonly #listeners = new Map<string, Listener>()
  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, listener)
  }
  close(): void {
    this.isClosed = true
  }
  say(type: string, lastEventId = '', data: unknown = {}): void {
    const message = { data: JSON.stringify(data), lastEventId } as MessageEvent<string>
    this.#listeners.get(type)?.(message)
  }
  change(n: number): void {
    this.say('change', `1-${n}`, { kind: 'run', id: `run_${n}` })
  }
}

const idsOf = (heard: readonly Heard[]) =>
  heard.flatMap((one) => (one.what === 'change' ? [one.change.id] : []))

describe('the line to the server', () => {
  it('is one for all tabs, and each hears everything once', () => {
    const browser = new Browser()
    const [first, second] = [browser.open(), browser.open()]
    first.source().say('open')
    const third = browser.open()
    first.source().change(1)
    first.source().change(2)
    for (const tab of [first, second, third]) assert.deepEqual(idsOf(tab.heard), ['run_1', 'run_2'])
    assert.deepEqual(browser.asked, ['/api/v1/stream'])
    assert.deepEqual(third.heard[0], { what: 'opened', hasGap: false })
  })
  it('goes on in the next tab from where the first had come to', () => {
    const browser = new Browser()
    const [first, second] = [browser.open(), browser.open()]
    first.source().say('open')
    first.source().change(1)
    first.close()
    assert.equal(browser.asked[1], '/api/v1/stream?after=1-1')
    second.source().say('open')
    assert.deepEqual(second.heard.at(-1), { what: 'opened', hasGap: false })
  })
  it('asks everything anew in the next tab when it never heard where the first was', () => {
    const browser = new Browser()
    const [first, second] = [browser.open(), browser.open()]
    first.source().say('open')
    first.close()
    second.source().say('open')
    assert.deepEqual(second.heard.at(-1), { what: 'opened', hasGap: true })
  })
  it('tells every tab that it was lost, and that something may be missing after', () => {
    const browser = new Browser()
    const [first, second] = [browser.open(), browser.open()]
    first.source().say('open')
    first.source().say('error')
    assert.deepEqual(second.heard.at(-1), { what: 'lost' })
    first.source().say('open')
    assert.deepEqual(second.heard.at(-1), { what: 'opened', hasGap: true })
  })
  it('forgets its place when the server can no longer tell what came after it', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const browser = new Browser()
    const tab = browser.open()
    tab.source().change(7)
    const before = tab.source()
    before.say('reset')
    t.mock.timers.tick(0)
    assert.ok(before.isClosed)
    assert.equal(browser.asked[1], '/api/v1/stream')
    tab.source().say('open')
    assert.deepEqual(tab.heard.at(-1), { what: 'opened', hasGap: true })
  })
})
