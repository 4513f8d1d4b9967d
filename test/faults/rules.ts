import type { Response } from 'supertest'
import type { Attempt } from './outcome'
import { isGood, isThrough, logIn, type Person, useNewBrowser } from './people'
import type { Scene } from './scene'

/** Tried once and counted once; more would be a command that somebody repeated. */
const LEAST_ATTEMPTS_LEFT = 4

/** Whoever has not proved a second factor finds the gate shut, whatever else is broken. */
export async function checkGate({ action, person, response, broken }: Attempt, when: string): Promise<void> {
  const hasPassed = !action.isSending && response !== undefined && isGood(response)
  if (action.isHeld && !hasPassed && (await isThrough(person))) broken.push(`the gate is open ${when}`)
}

/** The page says what the problem document says. */
export async function checkPage({ name, person, response, broken }: Attempt): Promise<void> {
  if (name !== 'gate' || response?.body.code === undefined) return
  const page = await person.agent.get('/account').set('Accept', 'text/html')
  const isSaid = page.status === response.status && page.text.includes(response.body.title.replaceAll("'", '&#39;'))
  if (!isSaid && page.status !== 303) broken.push(`the page does not say “${response.body.title}”`)
}

export function countSends({ vonage }: Scene, { phone }: Person): number {
  return vonage.requests.filter((number) => number === phone).length
}

/** At most one message for an action that sends, and none for another. */
export function checkSends({ action, broken }: Attempt, sends: number): void {
  if (sends > (action.isSending ? 1 : 0)) broken.push(`${sends} messages were sent`)
}

/** Neither codes nor numbers nor what a driver had to say go into an answer. */
export function checkAnswer(scene: Scene, { person, response, broken }: Attempt): void {
  const told = response?.text ?? ''
  if (secretsOf(scene, person).some((secret) => told.includes(secret))) broken.push('the answer tells a secret')
  if (/evalsha|two_factor_|ReplyError|node_modules|\n +at /i.test(told))
    broken.push('the answer tells what a driver said')
}

function secretsOf({ vonage }: Scene, { phone, setupKey }: Person): readonly string[] {
  return [phone, setupKey, ...vonage.codesFor(phone)]
}

/** What the fault has left behind, before anybody does anything about it. */
export async function checkTrace(scene: Scene, attempt: Attempt): Promise<void> {
  const { action, person, response, broken } = attempt
  await checkGate(attempt, 'once the fault is over')
  if (action.isSending) return checkStored(scene, attempt)
  if (action.isHeld && response && !isGood(response)) broken.push(...(await countedTwice(person)))
}

/** A message that has arrived belongs to a challenge that is there. */
async function checkStored(scene: Scene, { person, broken, codesBefore = 0 }: Attempt): Promise<void> {
  if (scene.vonage.codesFor(person.phone).length === codesBefore) return
  const keys = await scene.keysOf(person.userId)
  if (!keys.some((key) => /:(?:challenge|enrolment):/.test(key))) broken.push('a code was sent that no challenge knows')
}

async function countedTwice({ agent }: Person): Promise<readonly string[]> {
  const { status, body }: Response = await agent.get('/two-factor/challenge')
  if (status !== 200 || body.attemptsLeft >= LEAST_ATTEMPTS_LEFT) return []
  return [`one attempt is counted ${5 - body.attemptsLeft} times`]
}

/** Whoever has a factor by now is asked for it at the next sign-in, and nobody else is. */
export async function checkNextSignIn(scene: Scene, { person, broken }: Attempt): Promise<void> {
  const { authenticators } = await scene.authenticators.load(person.userId)
  useNewBrowser(scene, person)
  const { body } = await logIn(person)
  const isAsked = body.next === '/two-factor/challenge'
  if (isAsked !== authenticators.length > 0) broken.push(`the next sign-in goes on to ${body.next}`)
  if (isAsked && (await isThrough(person))) broken.push('the gate is open at the next sign-in')
}
