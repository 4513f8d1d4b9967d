import type { SendingMethod } from 'express-two-factor'
import type { VonageStandIn } from 'express-two-factor/testing'
import { COUNTRIES, type Country, phoneAt } from './world'

/** A message that Vonage took: what is paid for. */
export interface Taken {
  /** E.164. */
  to: string
  country: Country
  method: SendingMethod
  minute: number
}

/** Everything that the stand-in for Vonage took, by the minute of the hour, and what the phones then show. */
export interface PostOffice {
  taken: readonly Taken[]
  /** The newest code that a number was sent. */
  codeFor(e164: string): string
  /** Files what came since the minute before. */
  endMinute(minute: number): void
}

export function openPostOffice({ messages, calls }: VonageStandIn): PostOffice {
  const taken: Taken[] = []
  const codes = new Map<string, string>()
  let [readMessages, readCalls] = [0, 0]
  const read = () => {
    for (; readMessages < messages.length; readMessages += 1)
      note(messages[readMessages] as { to: string; text: string })
    for (; readCalls < calls.length; readCalls += 1) {
      const { to, words } = calls[readCalls] as { to: string; words: string }
      note({ to, text: words }, 'voice')
    }
  }
  let minuteNow = 0
  const note = ({ to, text }: { to: string; text: string }, method: SendingMethod = 'sms') => {
    const e164 = `+${to}`
    taken.push({ to: e164, country: countryOf(e164), method, minute: minuteNow })
    codes.set(e164, codeIn(text))
  }
  return {
    taken,
    codeFor(e164) {
      read()
      return codes.get(e164) ?? ''
    },
    endMinute(minute) {
      read()
      minuteNow = minute + 1
    },
  }
}

const STARTS = COUNTRIES.map((country) => [`+${phoneAt(country, 0, 'sms').callingCode}`, country] as const)

function countryOf(e164: string): Country {
  const found = STARTS.find(([start]) => e164.startsWith(start))
  if (!found) throw new Error(`a message went to ${e164}, where nobody asked for one`)
  return found[1]
}

/** Six digits in a row, or said one by one. */
function codeIn(text: string): string {
  return /\d(?:[ ,.]*\d){5}/.exec(text)?.[0].replace(/\D/g, '') ?? ''
}
