import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { joinReports } from './cases.ts'
import { readReport } from './read-report.ts'

const folder = mkdtempSync(join(tmpdir(), 'junit-'))
after(() => rmSync(folder, { recursive: true }))

const read = (xml: string | Buffer) => {
  const file = join(folder, 'report.xml')
  writeFileSync(file, xml)
  return readReport(file)
}
const totals = async (xml: string | Buffer) => (await read(xml)).totals
const refused = (xml: string | Buffer, message: RegExp) =>
  assert.rejects(read(xml), { code: 'runner.report-unreadable', message })

test('totals are counted case by case, whatever the suites say of themselves', async () => {
  const told = await totals(`<?xml version="1.0" encoding="UTF-8"?>
    <testsuites tests="99"><testsuite name="outer"><testsuite name="cart" failures="0">
      <testcase classname="Cart" name="adds" time="0.25"/>
      <testcase classname="Cart" name="pays" time="1,000.5">
        <failure message="expected 1" type="E"><![CDATA[expected 1
at pay (cart.ts:3)]]></failure><system-out>noise</system-out>
      </testcase>
      <testcase classname="Cart" name="later"><skipped/></testcase>
      <testcase name="breaks"><error>no memory</error><failure>twice</failure></testcase>
      <testcase classname="Cart" name="odd" time="soon"/>
    </testsuite></testsuite></testsuites>`)
  assert.deepEqual(told, {
    passed: 2,
    failed: 2,
    skipped: 1,
    durationMs: 1_000_750,
    failures: [
      { name: 'cart::Cart::pays', message: 'expected 1\nat pay (cart.ts:3)' },
      { name: 'cart::breaks', message: 'no memory\ntwice' },
    ],
  })
})

test('failures are bounded in number, name and message', async () => {
  const failure = `<failure>${'m'.repeat(9000)}</failure>`
  const one = `<testcase name="${'n'.repeat(900)}">${failure}</testcase>`
  const many = Array.from({ length: 80 }, (_, i) => one.replace('name="', `name="${i}-`))
  const report = await read(`<testsuite>${many.join('')}</testsuite>`)
  assert.equal(report.totals.failed, 80)
  assert.equal(report.totals.failures.length, 50)
  assert.equal(report.totals.failures[0]?.name.length, 500)
  assert.equal(report.totals.failures[0]?.message.length, 2000)
  const sum = joinReports([report, report]).totals
  assert.equal(sum.failed, 160)
  assert.equal(sum.failures.length, 50)
})

test('an entity bomb is refused before it goes off', async () => {
  const bomb = `<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>
    <testsuites><testsuite name="&b;"/></testsuites>`
  await refused(bomb, /document type/)
  await refused('<testsuite name="&b;"/>', /entity/)
})

test('a report that is deep, cut short or something else is refused with its reason', async () => {
  await refused('<testsuite>'.repeat(65), /65|64 elements deep/)
  await refused('<testsuite><testcase name="a">', /unclosed tag/)
  await refused('', /document must contain a root element/)
  await refused('<html><body/></html>', /its root is <html>/)
  await refused('not ok 1', /text data outside of root node/)
  await refused(Buffer.from([0, 1, 2, 255]), /outside of root node/)
  await refused('<?xml version="1.0" encoding="klingon"?><testsuite/>', /klingon/)
  await assert.rejects(readReport(join(folder, 'none.xml')), { code: 'runner.report-unreadable' })
})

test('a link in place of a report is not followed', async () => {
  symlinkSync('/etc/hostname', join(folder, 'link.xml'))
  await assert.rejects(readReport(join(folder, 'link.xml')), { message: /ELOOP/ })
})

test('colour codes, raw or as references, do not make a report unreadable', async () => {
  const pad = ' '.repeat(64 * 1024 - 50)
  const failure = (text: string) => `<testcase name="a"><failure>${text}</failure></testcase>`
  for (const text of ['\x1b[31mred', '&#27;[31mred', '&#x1B;[31mred']) {
    const { failures } = await totals(`<testsuite>${failure(text)}</testsuite>`)
    assert.equal(failures[0]?.message, '\uFFFD[31mred')
  }
  for (let shift = 0; shift < 12; shift++) {
    const text = `${pad}${'x'.repeat(shift)}&#27;red &amp; &lt;b&gt;`
    const { failures } = await totals(`<testsuite>${failure(text)}</testsuite>`)
    assert.equal(failures[0]?.message, `${'x'.repeat(shift)}\uFFFDred & <b>`)
  }
})

test('a report in another encoding is read in it', async () => {
  const xml = `<?xml version="1.0" encoding="ISO-8859-1"?>
    <testsuite name="caf\xe9"><testcase name="a"><failure/></testcase></testsuite>`
  const { failures } = await totals(Buffer.from(xml, 'latin1'))
  assert.deepEqual(failures, [{ name: 'café::a', message: '' }])
})
