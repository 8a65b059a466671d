import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Incident } from '../api/governance.ts'
import { incidentInWords } from './incident.ts'

const incident: Incident = {
  ...{ id: 'inc_1', service: 'shop', environment: 'prod', severity: 2, title: 'Nobody can pay' },
  ...{ advice: null, status: 'open', impact_started_at: 0, opened_at: 0, opened_by: 'dana' },
  ...{ paged_at: null, acknowledged_at: null, acknowledged_by: null, calling: false },
  ...{ mitigated_at: null, resolved_at: null, causes: [] },
}

it('says of an incident whether it is over, and if not, who looks after it', () => {
  const says = (change: Partial<Incident>) => incidentInWords({ ...incident, ...change }, 120_000)
  assert.deepEqual(says({}), { text: 'Open for 2 min', tone: 'bad' })
  assert.equal(says({ calling: true }).text, 'Calls people, 2 min')
  assert.equal(says({ acknowledged_by: 'ben' }).text, 'Open, ben looks after it')
  assert.equal(says({ status: 'mitigated', mitigated_at: 60_000 }).tone, 'open')
  assert.equal(says({ status: 'resolved', resolved_at: 60_000 }).text, 'Resolved 1 min ago')
})
