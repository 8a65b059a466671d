/**
 * Percent of traffic per group, as the integer weight each of its servers must get. HAProxy takes
 * 0 to 256 per server, and the best scale depends on the shares: 1 % beside 99 % is 2 of 200, not
 * 3 of 259. So every scale is tried; 256 tries of a few groups cost nothing.
 */
export interface Share {
  readonly group: string
  readonly percent: number
  /** Servers among which the share is divided. */
  readonly servers: number
}

/** HAProxy's limit for one server. */
export const WEIGHT_MAX = 256

/** Weight of each server of a group; 0 means no new request reaches it. */
export function weightsFor(shares: readonly Share[]): ReadonlyMap<string, number> {
  const live = shares.filter((share) => share.percent > 0 && share.servers > 0)
  const each = live.map((share) => share.percent / share.servers)
  const top = Math.max(...each, 0)
  let best = { error: Number.POSITIVE_INFINITY, weights: [] as number[] }
  for (let scale = live.length > 0 ? WEIGHT_MAX : 0; scale >= 1; scale--) {
    // A share that is not zero stays one: a canary of 0.1 % still gets its request in a while.
    const weights = each.map((percent) => Math.max(1, Math.round((percent / top) * scale)))
    const error = worstError(live, weights)
    if (error < best.error - 1e-12) best = { error, weights }
  }
  const byGroup = new Map(shares.map((share) => [share.group, 0]))
  for (const [i, share] of live.entries()) byGroup.set(share.group, best.weights[i] ?? 0)
  return byGroup
}

/** What the router's weights mean, in percent by group to two decimals. */
export function percentOf(
  servers: readonly { readonly group: string; readonly weight: number }[],
): Record<string, number> {
  const total = servers.reduce((sum, server) => sum + server.weight, 0)
  const percent: Record<string, number> = {}
  for (const server of servers) {
    const part = total === 0 ? 0 : (server.weight / total) * 100
    percent[server.group] = (percent[server.group] ?? 0) + part
  }
  for (const [group, value] of Object.entries(percent))
    percent[group] = Math.round(value * 100) / 100
  return percent
}

/** Largest distance of a share from what was asked, when only these groups get traffic. */
function worstError(live: readonly Share[], weights: readonly number[]): number {
  const asked = live.reduce((sum, share) => sum + share.percent, 0)
  const given = live.reduce((sum, share, i) => sum + share.servers * (weights[i] ?? 0), 0)
  const errors = live.map((share, i) =>
    Math.abs((share.servers * (weights[i] ?? 0)) / given - share.percent / asked),
  )
  return Math.max(...errors)
}
