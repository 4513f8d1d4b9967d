/**
 * The old key is taken out of `keys` too early, or lost; or somebody who can write to the database changes what a key
 * sealed: to be sent another user's codes, or to see what a service does with garbage.
 * Hurt by it: services that answered 500 to everybody whose data would not decrypt, and let nobody mend it.
 * What must happen: what does not open is never used and never a guess; its user is asked for something else, and can
 * remove it; an event names the key, or that it was altered; nobody else notices.
 */
import request from 'supertest'
import { keyIdOf } from '../../lib/core/secrets'
import type { TestApp } from '../support/app'
import { codeFor, enrolPhone, enrolTotp, reauthenticate, signIn, type TestAgent } from '../support/journeys'
import { holdSession, openService, passHeld, type Service, verify } from '../support/security'
import { hear, moveTo, newKey, openKeyed, sealedOf } from './keys/processes'

const HTML = 'text/html'
const SMS = { method: 'sms' }
const FRENCH_MOBILE = { factor: 'phone', country: 'FR', phone: '06 98 76 54 32', method: 'sms' }

/** Ada's phone is under a key that is gone; her recovery codes, and all of Bob's, are under the one that is there. */
async function loseKey() {
  const { start, clock, phone } = openKeyed()
  const [older, newer] = [newKey(), newKey()]
  const { authenticatorId, recoveryCodes } = await enrolPhone(start(older), 'ada')
  const lostId = keyIdOf((await sealedOf(start(older)))[0] as string)
  const renewed = await renewCodes(start(newer, older), recoveryCodes[0] as string)
  const service = start(newer)
  const bob = await enrolTotp(service, 'bob')
  clock.advance(600_000)
  phone.clear()
  return {
    start,
    phone,
    service,
    older,
    newer,
    lostId,
    authenticatorId,
    bob,
    recoveryCodes: renewed,
    heard: hear(service),
  }
}

/** In by an old recovery code, which leaves the phone sealed as it is, and out with new ones, under the newest key. */
async function renewCodes(service: Service, recoveryCode: string): Promise<readonly string[]> {
  const agent = await holdSession(service)
  await verify(agent, recoveryCode).expect(200)
  await reauthenticate(agent, 'ada').expect(200)
  const { body } = await agent.post('/two-factor/recovery-codes').expect(201)
  return body.recoveryCodes
}

async function addPhone(agent: TestAgent, phone: TestApp['phone']): Promise<void> {
  await reauthenticate(agent, 'ada').expect(200)
  const { body } = await agent.post('/two-factor/authenticators').send(FRENCH_MOBILE).expect(201)
  const code = phone.codeFor()
  await agent.post(`/two-factor/authenticators/${body.enrolmentId}/confirm`).send({ code }).expect(201)
}

describe('without the old key', () => {
  it('the user it held signs in, is told that the method does not open, and by recovery code gets in', async () => {
    const { service, recoveryCodes, heard, lostId, phone } = await loseKey()
    const held = await holdSession(service)
    expect(heard).toEqual([`key.missing user-ada ${lostId}`])
    const { body } = await held.get('/two-factor/challenge').expect(200)
    expect(body).toMatchObject({ methods: [{ method: 'recovery-code' }], delivery: { status: 'failed' } })
    for (const refused of [verify(held, '123456'), held.post('/two-factor/challenge').send(SMS)]) {
      const answer = await refused.expect(409)
      expect(answer.body).toMatchObject({
        code: 'ERR_TFA_METHOD_UNAVAILABLE',
        methods: [{ method: 'recovery-code' }],
      })
    }
    expect(phone.messages).toEqual([])
    await verify(held, recoveryCodes[0]).expect(200)
  })

  it('the pages open, and say to use another method', async () => {
    const { service, recoveryCodes } = await loseKey()
    const held = await holdSession(service)
    const page = await held.get('/two-factor/challenge').set('Accept', HTML).expect(200)
    expect(page.text).toContain('has to be set up again')
    const refused = await held.post('/two-factor/challenge').set('Accept', HTML).type('form').send(SMS).expect(409)
    expect(refused.text).toContain('Use another method, and set this one up again.')
    await verify(held, recoveryCodes[0]).expect(200)
    await held.get('/two-factor').set('Accept', HTML).expect(200)
  })

  it('no guess is counted, however many are made, so that nothing is locked when the key is back', async () => {
    const { service, start, older, newer, phone } = await loseKey()
    for (let round = 0; round < 5; round += 1) {
      const held = await holdSession(service)
      for (let guess = 0; guess < 6; guess += 1) await verify(held, '123456').expect(409)
    }
    await verify(await holdSession(start(newer, older)), phone.codeFor()).expect(200)
  })

  it('its owner removes the method in the settings, and enrols it again', async () => {
    const { service, recoveryCodes, authenticatorId } = await loseKey()
    const held = await holdSession(service)
    await verify(held, recoveryCodes[0]).expect(200)
    const { body } = await held.get('/two-factor').expect(200)
    expect(body.authenticators).toMatchObject([{ id: authenticatorId, factor: 'phone' }])
    expect(body.authenticators[0]).not.toHaveProperty('destination')
    await reauthenticate(held, 'ada').expect(200)
    await held.post(`/two-factor/authenticators/${authenticatorId}/remove`).expect(204)
    await enrolPhone(service, 'ada')
  })

  it('support sees the user, and resets the second factor', async () => {
    const { service } = await loseKey()
    const { authenticators } = await service.twoFactor.admin.status('user-ada')
    expect(authenticators).toHaveLength(1)
    await service.twoFactor.admin.reset('user-ada', { actor: 'grace', reason: 'lost the key' })
    await enrolTotp(service, 'ada')
  })

  it('nobody else notices', async () => {
    const { service, bob, heard } = await loseKey()
    await holdSession(service, 'ada')
    const before = heard.length
    await passHeld(service, await holdSession(service, 'bob'), bob.setupKey).expect(200)
    expect(heard).toHaveLength(before)
  })

  it('of two methods the one that opens is asked for at once', async () => {
    const { start, phone, clock } = openKeyed()
    const [older, newer] = [newKey(), newKey()]
    const { agent, setupKey } = await enrolTotp(start(older), 'ada')
    const moved = moveTo(start(newer, older), agent)
    await addPhone(moved, phone)
    const held = await holdSession(start(newer))
    await verify(held, phone.codeFor()).expect(200)
    const asked = await holdSession(start(newer))
    await asked.post('/two-factor/challenge').send({ method: 'totp' }).expect(409)
    clock.advance(30_000)
    await verify(asked, codeFor({ clock }, setupKey)).expect(401)
  })

  it('a pending enrolment is gone, and can be begun anew', async () => {
    const { start, clock } = openKeyed()
    const [older, newer] = [newKey(), newKey()]
    const fresh = request.agent(start(older).app)
    await signIn(fresh, 'ada')
    await reauthenticate(fresh, 'ada').expect(200)
    const begin = (agent: TestAgent) => agent.post('/two-factor/authenticators').send({ factor: 'totp' }).expect(201)
    const { body } = await begin(fresh)
    const moved = moveTo(start(newer), fresh)
    const code = codeFor({ clock }, body.setupKey)
    const gone = await moved.post(`/two-factor/authenticators/${body.enrolmentId}/confirm`).send({ code }).expect(404)
    expect(gone.body.code).toBe('ERR_TFA_NOT_FOUND')
    await begin(moved)
  })
})

/** What somebody makes of Ada's sealed phone: of her text, of Bob's, and of her other authenticator's. */
const ALTERATIONS: Readonly<Record<string, (own: string, bobs: string, other: string) => string>> = {
  'cut off': (own) => own.slice(0, 40),
  'cut down to its key': (own) => own.slice(0, 6),
  emptied: () => '',
  'changed in one character': (own) => own.slice(0, 30) + (own[30] === 'A' ? 'B' : 'A') + own.slice(31),
  'given a tag of zeros': (own) => own.slice(0, -22) + 'A'.repeat(22),
  'replaced by Bob’s': (_own, bobs) => bobs,
  'replaced by that of another authenticator': (_own, _bobs, other) => other,
  'replaced by a plain number': () => '+33698765432 33 sms,voice',
  'given the id of a key that never was': (own) => `nevers${own.slice(6)}`,
  'given an id that would write a line in a log': (own) => `\n[ok]\n${own.slice(6)}`,
}

describe.each(Object.entries(ALTERATIONS))('a sealed phone that was %s', (_name, alter) => {
  it('is never sent to nor answered for; it is told, and the recovery codes work', async () => {
    const service = openService()
    const { agent, authenticatorId, recoveryCodes } = await enrolPhone(service, 'ada')
    await enrolPhone(service, 'bob')
    await addPhone(agent, service.phone)
    const [[own, other], [bobs]] = [await sealedOf(service), await sealedOf(service, 'bob')]
    const sealed = alter(own as string, bobs as string, other as string)
    const [, second] = (await service.authenticators.load('user-ada')).authenticators
    const { version } = await service.authenticators.load('user-ada')
    await service.authenticators.change('user-ada', version, { remove: String(second?.id) })
    await service.authenticators.accept('user-ada', authenticatorId, { at: service.clock.now(), sealed })
    service.phone.clear()
    const heard = hear(service)
    const held = await holdSession(service)
    expect(heard).toHaveLength(1)
    expect(heard[0]).toMatch(/^(?:authenticator\.altered user-ada|key\.missing user-ada [\w-]{4,6})$/)
    await held.post('/two-factor/challenge').send({ method: 'voice' }).expect(409)
    await verify(held, '123456').expect(409)
    expect(service.phone.messages).toEqual([])
    await verify(held, recoveryCodes[0]).expect(200)
  })
})
