import type { MethodChoice } from '../answers'
import type { Action, Challenge, Locale, Method, Purpose, SendingMethod, SessionState } from '../ports'
import type { Session } from './core'
import type { Means } from './methods'

/** A session about to be asked, with all that was read of it: the epoch first, then what is enrolled. */
export interface Asked extends Means {
  session: Session
  state: SessionState
  locale: Locale
}

/** What a request wants asked. */
export interface Wanted {
  purpose: Purpose
  method?: string
  authenticatorId?: string
  action?: Action
}

/** True for a method whose code is sent. */
export function isSending(method: Method): method is SendingMethod {
  return method === 'sms' || method === 'voice'
}

/** True when this is the choice that a challenge asks for. */
export function isSameChoice(choice: MethodChoice, { method, authenticatorId }: Challenge): boolean {
  return choice.method === method && choice.authenticatorId === authenticatorId
}
