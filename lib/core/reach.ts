import type { Authenticator, Method, SendingMethod } from '../ports'
import type { Core } from './core'
import { maskPhone } from './factors/phone'
import { openPhone, type PhoneNumber } from './sealed'

/** How an authenticator is reached: its methods, the preferred first, and a phone's masked number. */
export interface Reach {
  methods: readonly Method[]
  destination?: string
}

/** A phone that does not open, its key gone or its number altered, is shown without it. */
export function reachOf(core: Core, userId: string, authenticator: Authenticator): Reach {
  if (authenticator.factor === 'totp') return { methods: ['totp'] }
  try {
    const phone = openPhone(core, userId, authenticator)
    const destination = maskPhone(phone.e164, phone.callingCode)
    const methods = methodsTo(core, phone)
    // Enrolled before its country's methods were named, and reached by none of them: better by any than locked out.
    const reached = methods.length > 0 ? methods : phone.methods.filter((method) => core.channels.has(method))
    return { methods: preferredFirst(reached, authenticator), destination }
  } catch {
    return { methods: preferredFirst([...core.channels.keys()], authenticator) }
  }
}

/** By what a number can be reached: what it can receive, of the country's methods, in their order. */
export function methodsTo(core: Core, { country, methods }: PhoneNumber): readonly SendingMethod[] {
  return methodsIn(core, country).filter((method) => methods.includes(method))
}

/** By what a country's numbers are reached, the one that an enrolment begins with first: the option's, else all there are. */
export function methodsIn({ settings, channels }: Core, country: string): readonly SendingMethod[] {
  return settings.methodOrder[country] ?? [...channels.keys()]
}

function preferredFirst(methods: readonly Method[], { preferredMethod }: Authenticator): readonly Method[] {
  return methods.toSorted((left, right) => Number(right === preferredMethod) - Number(left === preferredMethod))
}
