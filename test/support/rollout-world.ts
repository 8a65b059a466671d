/**
 * A target, a router and a clock in a few lines: what the moves of a deployment act upon. Pure and
 * fast, so that rollouts of hours can be played by the thousand. Tests only.
 */
import assert from 'node:assert/strict'
import { isRejection } from '#kernel/decider.ts'
import type { DeploymentCommand } from '#rollouts/commands.ts'
import { deployment } from '#rollouts/deployment.ts'
import { type Deployment, evolveDeployment } from '#rollouts/deployment-state.ts'
import type { AnalysisTick, DeploymentEvent, PromotionPlan } from '#rollouts/events.ts'
import { type Move, nextMove, type Observed } from '#rollouts/next-move.ts'
import { aPlan, aStart, MINUTE } from './rollout-fixtures.ts'

export type Start = typeof aStart

/** Tier 1's ramp, with the steps that it leads to. */
export const ramped: PromotionPlan = {
  ...aPlan,
  steps: [
    { weight: 20, bakeMs: 15 * MINUTE },
    { weight: 50, bakeMs: 5 * MINUTE },
    { weight: 95, bakeMs: 30 * MINUTE },
  ],
  analysis: {
    ...aPlan.analysis,
    ramp: {
      budget: 30,
      weightCap: 20,
      capMs: 15 * MINUTE,
      halfMs: 5 * MINUTE,
      holdBack: { weight: 95, ms: 30 * MINUTE },
      patienceMs: 90 * MINUTE,
      whenUnproven: 'ask',
    },
  },
}

export const rolling = { ...aPlan, strategy: 'rolling', steps: [] } as const

export const blueGreen = { ...rolling, strategy: 'blue-green', warmMs: MINUTE } as const

export class RolloutWorld {
  now = 0
  state: Deployment = deployment.initial
  readonly events: DeploymentEvent[] = []
  readonly groups = new Map<string, number>([['dep_1', 2]])
  weights: Readonly<Record<string, number>> = { dep_1: 100 }
  stable: string | undefined = 'dep_1'
  requestsPerS: number | undefined
  obstacles: string[] = []
  closing: Observed['closing']
  reopensAt: number | null = null
  /** How often it was asked what to do. */
  looks = 0
  unreadySince: number | undefined
  shortSince: number | undefined
  replicasBefore = 2
  /** How many of each there should be. */
  readonly wanted = new Map<string, number>([['dep_1', 2]])
  failing: Observed['failing']
  isBlind = false
  veto: string | undefined
  belowFloor: Observed['belowFloor']
  /** How many instances a new group gets ready. */
  comesUp = 2
  smokePasses = true
  previewPasses = true
  traffic = 1_000
  badShare = 0
  readonly log: string[] = []
  /** Called after everything that is done. */
  whenDone: (move: Move) => void = () => {}

  constructor(change: Partial<Start> = {}) {
    this.record([{ ...aStart, ...change, type: 'deployment.started' }])
    const { replicas } = change.plan ?? aPlan
    this.replicasBefore = replicas
    this.comesUp = replicas
    this.groups.set('dep_1', replicas)
    this.wanted.set('dep_1', replicas)
  }

  record(events: readonly DeploymentEvent[]): void {
    this.events.push(...events)
    this.state = events.reduce(evolveDeployment, this.state)
  }

  /** As if what came after the first `kept` events had not been said. */
  forget(kept: number): void {
    this.state = deployment.initial
    this.record(this.events.splice(0).slice(0, kept))
  }

  observe(): Observed {
    return {
      isBlind: this.isBlind,
      groups: [...this.groups].map(([group, ready]) => ({
        group,
        replicas: this.wanted.get(group) ?? 2,
        ready,
        tail: 'its last words',
      })),
      weights: this.weights,
      stable: this.stable,
      requestsPerS: this.requestsPerS,
      obstacles: this.obstacles,
      closing: this.closing,
      reopensAt: this.reopensAt,
      veto: this.veto,
      belowFloor: this.belowFloor,
      unreadySince: this.unreadySince,
      shortSince: this.shortSince,
      replicasBefore: this.replicasBefore,
      failing: this.failing,
    }
  }

  next(): Move {
    return nextMove(this.state, this.observe(), this.now)
  }

  say(command: DeploymentCommand): void {
    const answer = deployment.decide(command, this.state)
    if (isRejection(answer)) throw new Error(answer.code)
    this.record(answer)
  }

  /** Does what is to be done, until nothing is or `until` has come; time flies while it waits. */
  run(until = 90 * MINUTE): string {
    for (let moves = 0; moves < 20_000; moves++) {
      const move = this.next()
      this.looks++
      if (move.do === 'rest') return this.outcome
      if (move.do === 'wait') {
        if (move.until > until) return 'waiting'
        assert.ok(move.until > this.now, `waits for the past: ${move.why}`)
        this.now = move.until
      } else {
        this.act(move)
        this.whenDone(move)
      }
    }
    return assert.fail(`no end: ${this.log.slice(-20).join(' ')}`)
  }

  act(move: Exclude<Move, { do: 'rest' | 'wait' }>): void {
    const us = { at: this.now, by: 'system' } as const
    this.log.push(move.do === 'report' ? move.wish.type : move.do)
    switch (move.do) {
      case 'ensure':
        this.wanted.set(move.deployment, move.replicas ?? this.replicasBefore)
        this.groups.set(
          move.deployment,
          Math.min(this.comesUp, move.replicas ?? this.replicasBefore),
        )
        return
      case 'retire':
        assert.ok(this.groups.has(move.group))
        this.groups.delete(move.group)
        this.wanted.delete(move.group)
        return
      case 'weigh':
        for (const name of Object.keys(move.weights)) assert.ok(this.groups.has(name))
        this.weights = move.weights
        return this.say({ ...move.then, ...us })
      case 'measure':
        return this.say({ type: 'deployment.measure', ...us, tick: this.tick() })
      case 'preview':
        return this.say({
          type: 'deployment.preview',
          ...us,
          passed: this.previewPasses,
          detail: 'said',
        })
      case 'smoke':
        return this.say({
          type: 'deployment.smoke',
          ...us,
          passed: this.smokePasses,
          detail: 'said',
        })
      case 'report':
        return this.say({ ...move.wish, ...us })
    }
  }

  tick(): AnalysisTick {
    const share = (this.weights['dep_2'] ?? 0) / 100
    const canary = Math.round(this.traffic * share)
    const stable = this.traffic - canary
    return {
      canary: { requests: canary, bad: Math.round(canary * this.badShare), slow: 0 },
      stable: { requests: stable, bad: Math.round(stable / 1_000), slow: 0 },
      pods: [],
    }
  }

  get outcome(): string {
    return this.state.status === 'finished' ? this.state.outcome : this.state.status
  }
  get reason(): string {
    return this.state.status === 'finished' ? this.state.reason : ''
  }
  get pausedFor(): string {
    return this.state.status === 'running' ? (this.state.pausedFor ?? '') : ''
  }
  ticks(): number {
    return this.events.filter(({ type }) => type === 'deployment.measured').length
  }
  weightsSet(): number[] {
    return this.events.flatMap((e) => (e.type === 'deployment.weightSet' ? [e.weight] : []))
  }
}
