/**
 * Other tools' judges behind one interface: a configuration and ticks in, what it would have said
 * out. Whoever moves here sees both side by side, and theirs decides nothing.
 */
import type { Shadow, ShadowVerdict } from '../../events/shadows.ts'
import { argoVerdict } from './argo.ts'
import { flaggerVerdict } from './flagger.ts'
import { kayentaVerdict } from './kayenta.ts'
import type { ShadowTick } from './window.ts'

export function shadowVerdict(shadow: Shadow, ticks: readonly ShadowTick[]): ShadowVerdict {
  const { kind, name } = shadow
  return { name, kind, ...found(shadow, ticks) }
}

function found(shadow: Shadow, ticks: readonly ShadowTick[]) {
  switch (shadow.kind) {
    case 'argo':
      return argoVerdict(shadow, ticks)
    case 'flagger':
      return flaggerVerdict(shadow, ticks)
    case 'kayenta':
      return kayentaVerdict(shadow, ticks)
  }
}
