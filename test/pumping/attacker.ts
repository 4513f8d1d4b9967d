import { createChance } from '../fuzz/chance'
import type { Phone } from '../support/crowd'
import { type Account, type Den, type Held, openSeries, type Try, USABLE_MINUTES } from './den'
import type { Job } from './hour'
import { beginRented, enrolOwn, resendEnrolment, resendSignIn, signIn } from './moves'
import { paceOf } from './pace'
import { rotate } from './rotation'
import { METHODS, PREMIUM, phoneAt, type Scale } from './world'

/** Whoever has messages sent that are not read, because he is paid for each. */
export interface Attacker {
  tries: readonly Try[]
  /** The numbers whose codes he cannot type. */
  rented: ReadonlySet<string>
  jobsOf(minute: number): readonly Job[]
}

type Scene = Pick<Den, 'http' | 'ports' | 'postOffice'>

export function openAttacker(scene: Scene, scale: Scale): Attacker {
  const phones = Array.from({ length: scale.numbers }, (_, at) =>
    phoneAt(PREMIUM[at % PREMIUM.length] ?? 'LV', at, METHODS[at % METHODS.length] ?? 'sms'),
  )
  const own = phones.slice(0, scale.ownNumbers)
  const rented = phones.slice(scale.ownNumbers)
  const den = openDen(scene, scale, rented)
  const pace = paceOf(scale)
  return {
    tries: den.tries,
    rented: new Set(rented.map(({ e164 }) => e164)),
    jobsOf: (minute) =>
      Array.from({ length: pace[minute] ?? 0 }, (_, at) => {
        const turn = minute * OWN_A_MINUTE + at
        const phone = at < OWN_A_MINUTE ? own[turn] : undefined
        return phone ? () => enrolOwn(den, minute, turn, phone) : chooseMove(den, minute)
      }),
  }
}

/** His own numbers come first, a few a minute. */
const OWN_A_MINUTE = 2

function openDen(scene: Scene, { accounts, addresses, numbers, ownNumbers }: Scale, rented: readonly Phone[]): Den {
  const people = Array.from({ length: accounts }, (_, at): Account => ({ email: `mallory-${at}@example.com` }))
  const rentedIn = (country: string) => rotate(rented.filter((phone) => phone.country === country))
  return {
    ...scene,
    chance: createChance(numbers, accounts),
    tries: [],
    accounts: rotate(people.slice(ownNumbers)),
    addresses: rotate(Array.from({ length: addresses }, (_, at) => `203.0.113.${at + 1}`)),
    owners: people.slice(0, ownNumbers),
    numbers: Object.fromEntries(PREMIUM.map((country) => [country, rentedIn(country)])),
    begun: [],
    held: [],
    stopped: new Map(),
  }
}

/** What promises most: new numbers while any country takes them; the own ones, and a try in between, when none does. */
function chooseMove(den: Den, minute: number): Job {
  const hasOpen = openSeries(den, minute).length > 0
  const turn = den.chance.below(100)
  const isUsable = (each: Held) => each.minute < minute && minute - each.minute < USABLE_MINUTES
  const begun = den.begun.filter(isUsable)
  const held = den.held.filter(isUsable)
  const owners = den.owners.filter(({ own }) => own !== undefined)
  if (owners.length > 0 && turn < (hasOpen ? 15 : 40)) return () => signIn(den, minute, den.chance.pick(owners))
  if (held.length > 0 && turn < (hasOpen ? 25 : 60)) return () => resendSignIn(den, minute, den.chance.pick(held))
  if (begun.length > 0 && turn < (hasOpen ? 40 : 70)) return () => resendEnrolment(den, minute, den.chance.pick(begun))
  return () => beginRented(den, minute)
}
