import type { Typed } from './acts/act'
import { matchingStep, stepAt, totp } from './truth'
import type { Browser, World } from './world'

export const CODE_KINDS = [
  ...(['right', 'right', 'right', 'early', 'used', 'stale', 'foreign', 'wrong', 'wrong'] as const),
  ...(['recovery', 'dead-recovery', 'wrong-recovery', 'foreign-recovery'] as const),
]
export type CodeKind = (typeof CODE_KINDS)[number]

/** A code of the kind, as this browser's user or thief would type it, and what must be thought of it. */
export function pickCode(world: World, browser: Browser, kind: CodeKind): Typed {
  const code = find(world, browser, kind)
  return code === undefined ? wrongCode(world, browser, 0) : weigh(world, browser, code)
}

/** Digits that are not right, as far as the model knows; another each time. */
export function wrongCode(world: World, browser: Browser, salt: number): Typed {
  for (let number = 100_003 + salt * 7919; ; number += 37) {
    const typed = weigh(world, browser, String(number % 1_000_000).padStart(6, '0'))
    if (typed.verdict === 'wrong') return typed
  }
}

function find(world: World, browser: Browser, kind: CodeKind): string | undefined {
  const { session } = browser
  if (!session) return undefined
  const { account, challenge } = session
  const factor = account.factors.get(challenge?.authenticatorId ?? '')
  const others = world.browsers.filter((other) => other !== browser)
  const sent = world.ledger.sent.filter(({ challengeId }) => challengeId === challenge?.id)
  switch (kind) {
    case 'right':
      return rightCode(world, browser)
    case 'early':
      return factor?.kind === 'totp' ? totp(factor.setupKey, stepAt(world.now) + 1) : rightCode(world, browser)
    case 'used':
      return factor?.kind === 'totp' ? totp(factor.setupKey, factor.lastStep) : world.ledger.sent.at(-2)?.code
    case 'stale':
      return factor?.kind === 'totp' ? totp(factor.setupKey, stepAt(world.now) - 1) : sent.at(-2)?.code
    case 'foreign':
      return others.map((other) => rightCode(world, other)).find((code) => code !== undefined && /^\d+$/.test(code))
    case 'recovery':
      return [...account.recoveryCodes][0]
    case 'dead-recovery':
      return account.deadCodes.at(-1)
    case 'wrong-recovery':
      return 'AAAA-BBBB-CCCC-DDDD'
    case 'foreign-recovery':
      return world.accounts.filter((one) => one !== account).flatMap(({ recoveryCodes }) => [...recoveryCodes])[0]
    default:
      return undefined
  }
}

function rightCode(world: World, { session }: Browser): string | undefined {
  if (!session?.challenge) return undefined
  const { account, challenge } = session
  if (challenge.method === 'recovery-code') return [...account.recoveryCodes][0]
  const factor = account.factors.get(challenge.authenticatorId)
  if (challenge.method !== 'totp') return world.ledger.codeOf(challenge.id, challenge.method)
  if (!factor) return undefined
  const step = stepAt(world.now)
  return totp(factor.setupKey, factor.lastStep >= step ? step + 1 : step)
}

function weigh(world: World, { session }: Browser, code: string): Typed {
  const base = { code, verdict: 'wrong', claim: '', isRecovery: code.includes('-'), step: null } as const
  if (!session) return base
  const { account, challenge } = session
  if (base.isRecovery) {
    const isRight = account.recoveryCodes.has(code)
    return isRight ? { ...base, verdict: 'right', claim: `recovery ${account.id} ${code}` } : base
  }
  if (!challenge) return base
  if (challenge.method !== 'totp') {
    const isRight = code === world.ledger.codeOf(challenge.id, challenge.method)
    return isRight ? { ...base, verdict: 'right', claim: `sent ${challenge.id} ${code}` } : base
  }
  const factor = account.factors.get(challenge.authenticatorId)
  const step = factor ? matchingStep(factor, code, world.now) : null
  if (!factor || step === null || step < factor.lastStep) return base
  if (step === factor.lastStep) return { ...base, verdict: 'repeat', step }
  return { ...base, verdict: 'right', claim: `totp ${factor.id} ${step}`, step }
}
