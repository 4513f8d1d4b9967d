import type { RequirementAnswer } from '../answers'
import type { Policy, Requirement, Settings, User } from '../options'
import type { Enrolled, Grant } from '../ports'
import { checkRequirement } from '../settings/resolve'

const DAY_MS = 24 * 60 * 60 * 1000

/** What of a user the policy rests on. */
export interface Facts {
  hasFactor: boolean
  firstPromptAt?: number
  graceUntil?: number
}

/** How a session stands before the gate. */
export type Standing = 'held' | 'prompted' | 'passed'

export interface Assessment {
  standing: Standing
  requirement: RequirementAnswer
}

/** The facts as the durable store has them. */
export function factsOf(enrolled: Enrolled): Facts {
  return { hasFactor: enrolled.authenticators.length > 0, ...promptDates(enrolled) }
}

/** The dates of the grace period, those that there are. */
export function promptDates({ firstPromptAt, graceUntil }: Omit<Facts, 'hasFactor'>): Omit<Facts, 'hasFactor'> {
  return {
    ...(firstPromptAt === undefined ? {} : { firstPromptAt }),
    ...(graceUntil === undefined ? {} : { graceUntil }),
  }
}

/** Asks the policy what one user must. */
export async function requirementFor(settings: Settings, user: User, facts: Facts): Promise<Requirement> {
  const policy: Policy = settings.policy
  if (typeof policy !== 'function') return policy
  const { hasFactor, firstPromptAt } = facts
  const context = { user, hasFactor, now: new Date(settings.clock.now()) }
  return checkRequirement(
    await policy({ ...context, ...(firstPromptAt === undefined ? {} : { firstPromptAt: new Date(firstPromptAt) }) }),
  )
}

/** True once the requirement is in force and there is nothing yet to meet it with. */
export function mustEnrol(requirement: Requirement, facts: Facts, nowMs: number): boolean {
  return !facts.hasFactor && isInForce(requirement, nowMs)
}

/** True once the requirement is in force, whether or not it is met. */
export function isInForce(requirement: Requirement, nowMs: number): boolean {
  if (requirement.requirement === 'optional') return false
  return requirement.enforceFrom === undefined || nowMs >= requirement.enforceFrom.getTime()
}

/**
 * Decides whether a session passes the gate, is held for its second factor, or is asked to enrol.
 * A user who enrolled is held whatever the requirement: opting in is asking for exactly that.
 */
export function assess(grant: Grant, requirement: Requirement, nowMs: number): Assessment {
  const answer = answerRequirement(requirement, grant, nowMs)
  if (grant.assurance !== 'password') return { standing: 'passed', requirement: answer }
  if (grant.hasFactor) return { standing: 'held', requirement: answer }
  const isPrompted = mustEnrol(requirement, grant, nowMs) && !(grant.postponed && answer.postponable)
  return { standing: isPrompted ? 'prompted' : 'passed', requirement: answer }
}

/** What the requirement means for this user now: its deadline, and whether "not now" is still an answer. */
export function answerRequirement(requirement: Requirement, facts: Facts, nowMs: number): RequirementAnswer {
  const mode = requirement.requirement
  if (!mustEnrol(requirement, facts, nowMs)) return { mode, postponable: false }
  const { firstPromptAt = nowMs, graceUntil = 0 } = facts
  const deadlineMs = Math.max(firstPromptAt + (requirement.graceMs ?? 0), graceUntil)
  const leftMs = Math.max(0, deadlineMs - nowMs)
  return { mode, deadline: new Date(deadlineMs), daysLeft: Math.ceil(leftMs / DAY_MS), postponable: leftMs > 0 }
}
