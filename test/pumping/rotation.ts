import type { SendingMethod } from 'express-two-factor'
import { MINUTE } from './world'

/** Takes things by turns, and passes over those that have to rest. */
export interface Rotation<Thing> {
  /** The next that need not rest for this method; where all have to, the next all the same. */
  next(method: SendingMethod, minute: number): Thing
  rest(thing: Thing, method: SendingMethod, untilMinute: number): void
}

export function rotate<Thing>(things: readonly Thing[]): Rotation<Thing> {
  const rests = { sms: new Map<Thing, number>(), voice: new Map<Thing, number>() }
  const turns = { sms: 0, voice: 0 }
  return {
    next(method, minute) {
      const from = turns[method]
      for (let tried = 0; tried < things.length; tried += 1) {
        const thing = things[(from + tried) % things.length] as Thing
        if ((rests[method].get(thing) ?? 0) > minute) continue
        turns[method] = from + tried + 1
        return thing
      }
      turns[method] = from + 1
      return things[from % things.length] as Thing
    },
    rest: (thing, method, untilMinute) => void rests[method].set(thing, untilMinute),
  }
}

const SHORT_WINDOW_SECONDS = 600
const HOUR_SECONDS = 3600

/** Whose budget it was that refused: an answer does not say, but for how long it refuses is telling. */
export function whoseBudget(retryAfterSeconds: number): 'account' | 'address' {
  return retryAfterSeconds > SHORT_WINDOW_SECONDS && retryAfterSeconds <= HOUR_SECONDS ? 'address' : 'account'
}

export function minuteAfter(minute: number, retryAfterSeconds: number): number {
  return minute + Math.ceil((retryAfterSeconds * 1000) / MINUTE)
}
