/** For which environments a release was marked bad, if for any. */
import { State } from './state.tsx'

export function Vetoed({ vetoes }: { vetoes: readonly string[] }) {
  if (vetoes.length === 0) return null
  const text = vetoes.includes('*') ? 'vetoed' : `vetoed for ${vetoes.join(', ')}`
  return <State of="denied" tone="bad" text={text} />
}
