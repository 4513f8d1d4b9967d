import type { AuthenticatorStore } from '../../lib/ports'
import { createChance } from '../fuzz/chance'
import { enrolPerson, type Phone } from '../support/crowd'
import type { Answer, HttpClient } from '../support/http-client'
import { type Job, MINUTES } from './hour'
import type { PostOffice } from './post-office'
import { AUTHENTICATORS, CHALLENGE, enrolmentOf, fieldsOf, openVisitor, type Visitor, wordOf } from './visitor'
import { COUNTRIES, type Country, METHODS, ORDINARY, phoneAt, type Scale } from './world'

/** What became of the people who only want to get on. */
export interface HonestScore {
  people: number
  /** Codes asked for. */
  asked: number
  passed: number
  /** One for each who did not pass: at which step, and what was answered. */
  troubles: string[]
  tookMs: number[]
}

export interface Honest {
  score: HonestScore
  phones: ReadonlySet<string>
  jobsOf(minute: number): readonly Job[]
}

interface Town {
  http: HttpClient
  ports: readonly [number, number]
  postOffice: PostOffice
}

type Habit = 'plain' | 'mistypes' | 'resends'

interface Person {
  email: string
  phone: Phone
  habit: Habit
  visitor: Visitor
  /** Signs in by a number that was enrolled long ago, or enrols one. */
  errand: 'sign-in' | 'enrolment'
}

const HABITS: readonly Habit[] = ['plain', 'plain', 'plain', 'plain', 'mistypes', 'plain', 'plain', 'resends']
/** A household, or an office: so many are behind one address. */
const BEHIND_ONE_ADDRESS = 5
/** Far from the attacker's numbers. */
const FIRST_PLACE = 500_000

/** Settles the people: who signs in has had a number for long, in every country; who enrols one is where no attack is. */
export async function settle(town: Town, store: AuthenticatorStore, scale: Scale): Promise<Honest> {
  const score: HonestScore = { people: 0, asked: 0, passed: 0, troubles: [], tookMs: [] }
  const watched = { ...town, http: watch(town.http, score) }
  const people = await Promise.all(
    Array.from({ length: scale.signIns + scale.enrolments }, (_, at) =>
      at < scale.signIns ? settleOld(watched, store, at) : settleNew(watched, at),
    ),
  )
  score.people = people.length
  const chance = createChance(people.length)
  const arrivals = people.map((person) => ({ person, minute: chance.below(MINUTES) }))
  return {
    score,
    phones: new Set(people.map(({ phone }) => phone.e164)),
    jobsOf: (minute) =>
      arrivals.filter((arrival) => arrival.minute === minute).map(({ person }) => visit(watched, person, score)),
  }
}

function watch(http: HttpClient, score: HonestScore): HttpClient {
  return {
    ...http,
    async send(port, call) {
      const answer = await http.send(port, call)
      score.tookMs.push(answer.tookMs)
      return answer
    },
  }
}

async function settleOld(town: Town, store: AuthenticatorStore, at: number): Promise<Person> {
  const phone = phoneOf(COUNTRIES, at)
  const { email } = await enrolPerson(store, 'phone', phone)
  return { ...personAt(town, at), email, phone, errand: 'sign-in' }
}

async function settleNew(town: Town, at: number): Promise<Person> {
  // Most of them where the service is at home: enough codes go there for the conversion brake to judge.
  const phone = at % 3 < 2 ? phoneAt('FR', FIRST_PLACE + at, 'sms') : phoneOf(ORDINARY, at)
  return { ...personAt(town, at), email: `new-${at}@example.com`, phone, errand: 'enrolment' }
}

function phoneOf(countries: readonly Country[], at: number): Phone {
  const country = countries[at % countries.length] as Country
  const method = METHODS[Math.floor(at / countries.length) % METHODS.length] ?? 'sms'
  return phoneAt(country, FIRST_PLACE + at, method)
}

function personAt({ http, ports }: Town, at: number): Pick<Person, 'habit' | 'visitor'> {
  const house = Math.floor(at / BEHIND_ONE_ADDRESS)
  const visitor = openVisitor(http, ports[at % 2] as number, `198.18.${house >> 8}.${house & 255}`)
  return { habit: HABITS[at % HABITS.length] ?? 'plain', visitor }
}

/** One errand, which a person who sends again ends a minute later. */
function visit(town: Town, person: Person, score: HonestScore): Job {
  const guarded =
    (step: Job): Job =>
    () =>
      step().catch((error: Error) => {
        score.troubles.push(error.message)
        return undefined
      })
  return guarded(async () => {
    score.asked += 1
    const paths = person.errand === 'sign-in' ? await beginSignIn(person) : await beginEnrolment(person)
    if (person.habit !== 'resends') return answer(town, person, paths.answer, score)
    return guarded(async () => {
      score.asked += 1
      expectStatus(person, 'resend', await person.visitor.post(paths.resend), 202)
      return answer(town, person, paths.answer, score)
    })
  })
}

interface Paths {
  resend: string
  answer: string
}

async function beginSignIn(person: Person): Promise<Paths> {
  expectStatus(person, 'login', await person.visitor.login(person.email), 200)
  return { resend: `${CHALLENGE}/resend`, answer: `${CHALLENGE}/verify` }
}

async function beginEnrolment(person: Person): Promise<Paths> {
  const { visitor, email, phone } = person
  expectStatus(person, 'login', await visitor.login(email), 200)
  expectStatus(person, 'reauthenticate', await visitor.reauthenticate(email), 200)
  const begun = await visitor.post(AUTHENTICATORS, enrolmentOf(phone, phone.preferredMethod))
  expectStatus(person, 'begin', begun, 201)
  const path = `${AUTHENTICATORS}/${fieldsOf(begun).enrolmentId}`
  return { resend: `${path}/resend`, answer: `${path}/confirm` }
}

async function answer({ postOffice }: Town, person: Person, path: string, score: HonestScore): Promise<undefined> {
  const { visitor, phone, habit, errand } = person
  const code = postOffice.codeFor(phone.e164)
  if (habit === 'mistypes') expectStatus(person, 'mistype', await visitor.post(path, { code: mistyped(code) }), 401)
  expectStatus(person, 'answer', await visitor.post(path, { code }), errand === 'sign-in' ? 200 : 201)
  score.passed += 1
}

function mistyped(code: string): string {
  return code.replace(/.$/, (digit) => String((Number(digit) + 1) % 10))
}

function expectStatus({ phone, errand }: Person, step: string, got: Answer, status: number): void {
  if (got.status === status) return
  throw new Error(`${errand} in ${phone.country} by ${phone.preferredMethod}: ${step} was answered ${wordOf(got)}`)
}
