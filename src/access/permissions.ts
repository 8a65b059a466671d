/**
 * Who may wish for what: one row a family of commands. This is the coarse sieve of roles; what
 * needs more than a role (nobody approves their own change) is decided by the thing itself.
 */
import type { Actor, Role } from '#kernel/actor.ts'
import { type Rejection, reject } from '#kernel/decider.ts'

/** By the longest prefix of the command's type. */
const NEEDS: Readonly<Record<string, Role>> = {
  'actor.': 'admin',
  // Of oneself, as the routes see to: an address to read what every viewer reads.
  'actor.subscribe': 'viewer',
  'actor.unsubscribe': 'viewer',
  'grant.': 'admin',
  // Of whom it may be, the thing itself decides: nobody's own, and by whom the team trusts.
  'accessReview.decide': 'approver',
  'accessReview.': 'admin',
  'snapshot.': 'admin',
  'timestamp.': 'admin',
  'logCheck.': 'admin',
  'legalHold.': 'admin',
  'retention.': 'admin',
  'environment.': 'admin',
  'policy.': 'admin',
  'service.': 'developer',
  'repository.notePush': 'developer',
  'repository.': 'admin',
  'run.': 'developer',
  'run.leaseJob': 'runner',
  'run.beat': 'runner',
  'run.finishJob': 'runner',
  'run.reportJob': 'runner',
  'run.loseJob': 'admin',
  'run.expire': 'admin',
  'run.admit': 'admin',
  // Says of the world outside what no machine knows.
  'run.resolveJob': 'operator',
  'turn.': 'admin',
  'template.propose': 'developer',
  'template.approve': 'approver',
  'template.reject': 'approver',
  'template.resume': 'operator',
  'template.withdraw': 'operator',
  'template.': 'admin',
  'exchange.': 'admin',
  'split.': 'runner',
  'runner.see': 'runner',
  'runner.leave': 'runner',
  'runner.': 'admin',
  'case.quarantine': 'developer',
  'case.release': 'developer',
  'case.': 'admin',
  'artifact.': 'admin',
  'release.': 'operator',
  // Words for people, which change nothing that may happen.
  'release.note': 'developer',
  'commit.compare': 'admin',
  'commit.': 'operator',
  'candidate.': 'admin',
  'freeze.': 'operator',
  'promotion.plan': 'developer',
  'promotion.cancel': 'developer',
  'promotion.approve': 'approver',
  'promotion.reject': 'approver',
  'promotion.acceptNoReturn': 'approver',
  'promotion.overrideWindow': 'operator',
  'promotion.': 'admin',
  'plan.plan': 'developer',
  'plan.start': 'developer',
  'plan.cancel': 'developer',
  'plan.resume': 'operator',
  'plan.undo': 'operator',
  'plan.': 'admin',
  'train.': 'operator',
  'vector.': 'admin',
  'flag.define': 'developer',
  'flag.plan': 'developer',
  'flag.cancel': 'developer',
  'flag.approve': 'approver',
  'flag.reject': 'approver',
  'flag.kill': 'operator',
  'flag.': 'admin',
  'deployment.': 'operator',
  'slot.hold': 'operator',
  'slot.resume': 'operator',
  'slot.': 'admin',
  'waiver.request': 'developer',
  'waiver.approve': 'approver',
  'waiver.revoke': 'approver',
  // Whose key it is, and who may say what with it, the thing itself decides.
  'recorder.': 'developer',
  'record.check': 'developer',
  'record.unanswered': 'developer',
  'record.': 'approver',
  'incident.': 'developer',
  'emergency.request': 'developer',
  'emergency.end': 'developer',
  'emergency.approve': 'approver',
  'emergency.': 'admin',
  // Facts that figures are counted from, on the word of the tool that tells them.
  'observation.': 'operator',
  'backfill.request': 'operator',
  'letter.redeliver': 'operator',
  // Says for everybody what a period was.
  'report.': 'operator',
  'survey.open': 'operator',
  'survey.close': 'operator',
  // By whoever holds a link; the platform takes it down.
  'survey.': 'admin',
  'review.sign': 'approver',
  'review.': 'admin',
}

/** What a role brings with it. A runner may do its jobs and nothing else. */
const BRINGS: Readonly<Record<Role, readonly Role[]>> = {
  viewer: ['viewer'],
  developer: ['developer', 'viewer'],
  approver: ['approver', 'viewer'],
  operator: ['operator', 'developer', 'viewer'],
  admin: ['admin', 'operator', 'developer', 'approver', 'viewer'],
  runner: ['runner'],
}

export function hasRole(actor: Actor, role: Role): boolean {
  return actor.kind === 'system' || actor.roles.some((held) => BRINGS[held].includes(role))
}

/** The role a command needs; a command that nobody listed needs an admin. */
export function roleFor(type: string): Role {
  const prefixes = Object.keys(NEEDS).filter((prefix) => type.startsWith(prefix))
  const longest = prefixes.sort((a, b) => b.length - a.length)[0]
  return NEEDS[longest ?? ''] ?? 'admin'
}

export function authorize(
  actor: Actor,
  command: { readonly type: string },
): Rejection<'access.denied'> | undefined {
  const role = roleFor(command.type)
  if (hasRole(actor, role)) return undefined
  return reject(
    'access.denied',
    `${actor.id} may not do ${command.type}: that takes the role ${role}.`,
    `Ask an admin for the role ${role}, or somebody who holds it to do this.`,
  )
}
