/** An incident as people read it: whether it is over, and if not, whether somebody looks after it. */
import type { Incident } from '../api/governance.ts'
import type { InWords } from './deployment.ts'
import { ago, duration } from './text.ts'

export function incidentInWords(incident: Incident, now: number): InWords {
  const { status, calling, acknowledged_by, resolved_at, mitigated_at } = incident
  if (status === 'resolved')
    return {
      text: resolved_at === null ? 'Resolved' : `Resolved ${ago(resolved_at, now)}`,
      tone: 'good',
    }
  if (status === 'mitigated')
    return {
      text: mitigated_at === null ? 'Mitigated' : `Mitigated ${ago(mitigated_at, now)}`,
      tone: 'open',
    }
  const since = duration(now - incident.impact_started_at)
  if (calling) return { text: `Calls people, ${since}`, tone: 'bad' }
  if (acknowledged_by !== null)
    return { text: `Open, ${acknowledged_by} looks after it`, tone: 'bad' }
  return { text: `Open for ${since}`, tone: 'bad' }
}
