/**
 * A key leaks, or is a year old, and is replaced while the service runs, on one process after the other.
 * Hurt by it: services whose one encryption key could never be changed, or whose change locked everybody out.
 * What must happen: with the old key second, everything made under it still works, and is sealed anew as it is used.
 */
import request from 'supertest'
import { keyIdOf } from '../../lib/core/secrets'
import { codeFor, enrolPhone, enrolTotp, passWithTotp, reauthenticate, signIn, wrongCodeFor } from '../support/journeys'
import { BACKENDS, holdSession, verify } from '../support/security'
import { moveTo, newKey, openKeyed, sealedOf } from './keys/processes'

/** A cluster keeps the same records by the same scripts. */
const STORES = BACKENDS.filter((backend) => backend !== 'cluster')

describe.each(STORES)('under a new key with the old one second, on %s', (backend) => {
  it('an app’s secret opens, is sealed anew by its next code, and then needs the old key no more', async () => {
    const { start } = openKeyed(backend)
    const [older, newer] = [newKey(), newKey()]
    const { setupKey } = await enrolTotp(start(older), 'ada')
    const before = await sealedOf(start(older))
    const rotated = start(newer, older)
    await verify(await holdSession(rotated), wrongCodeFor(rotated, setupKey)).expect(401)
    expect(await sealedOf(rotated)).toEqual(before)
    await passWithTotp(rotated, 'ada', setupKey)
    const after = await sealedOf(rotated)
    expect(keyIdOf(after[0] as string)).not.toBe(keyIdOf(before[0] as string))
    await passWithTotp(start(newer), 'ada', setupKey)
    expect(await sealedOf(rotated)).toEqual(after)
  })

  it('a phone is sent its code, is sealed anew by it, and then needs the old key no more', async () => {
    const { start, phone } = openKeyed(backend)
    const [older, newer] = [newKey(), newKey()]
    await enrolPhone(start(older), 'ada')
    const before = await sealedOf(start(older))
    await verify(await holdSession(start(newer, older)), phone.codeFor('+33612345678')).expect(200)
    expect(await sealedOf(start(older))).not.toEqual(before)
    await verify(await holdSession(start(newer)), phone.codeFor('+33612345678')).expect(200)
  })

  it('a recovery code is still found, once', async () => {
    const { start } = openKeyed(backend)
    const [older, newer] = [newKey(), newKey()]
    const { recoveryCodes } = await enrolTotp(start(older), 'ada')
    await verify(await holdSession(start(newer, older)), recoveryCodes[0]).expect(200)
    await verify(await holdSession(start(newer, older)), recoveryCodes[0]).expect(401)
    await verify(await holdSession(start(older)), recoveryCodes[0]).expect(401)
  })

  it('a remembered device is still known, and its next token is hashed under the new key', async () => {
    const { start } = openKeyed(backend)
    const [older, newer] = [newKey(), newKey()]
    const old = start(older)
    const { setupKey } = await enrolTotp(old, 'ada')
    const browser = await holdSession(old)
    old.clock.advance(30_000)
    await browser
      .post('/two-factor/challenge/verify')
      .send({ code: codeFor(old, setupKey), remember: true })
      .expect(200)
    for (const process of [start(newer, older), start(newer)]) {
      await signIn(moveTo(process, browser), 'ada').expect(200, { next: '/' })
    }
  })

  it('what was pending when it came is finished', async () => {
    const { start, phone, clock } = openKeyed(backend)
    const [older, newer] = [newKey(), newKey()]
    const [old, rotated] = [start(older), start(newer, older)]
    const fresh = request.agent(old.app)
    await signIn(fresh, 'bob')
    await reauthenticate(fresh, 'bob').expect(200)
    const { body } = await fresh.post('/two-factor/authenticators').send({ factor: 'totp' }).expect(201)
    const confirm = `/two-factor/authenticators/${body.enrolmentId}/confirm`
    const code = codeFor({ clock }, body.setupKey)
    await moveTo(rotated, fresh).post(confirm).send({ code }).expect(201)
    await enrolPhone(old, 'ada')
    const held = await holdSession(old)
    await verify(moveTo(rotated, held), phone.codeFor()).expect(200)
  })
})

describe('two processes, the new key added second first, and then put first', () => {
  const [older, newer] = [newKey(), newKey()]
  const steps = [
    [[older], [older, newer]],
    [
      [older, newer],
      [newer, older],
    ],
  ] as const

  it.each(steps)('%#: what one begins, the other ends, either way', async (first, second) => {
    const { start, phone } = openKeyed('redis')
    for (const [one, other] of [
      [start(...first), start(...second)],
      [start(...second), start(...first)],
    ] as const) {
      await one.twoFactor.admin.reset('user-ada', { actor: 'test', reason: 'the next round' })
      const { setupKey, recoveryCodes } = await enrolTotp(one, 'ada')
      await passWithTotp(other, 'ada', setupKey)
      await verify(await holdSession(other), recoveryCodes[0]).expect(200)
      await one.twoFactor.admin.reset('user-ada', { actor: 'test', reason: 'now by phone' })
      await enrolPhone(one, 'ada')
      const held = await holdSession(one)
      await moveTo(other, held)
        .post('/two-factor/challenge/verify')
        .send({ code: phone.codeFor(), remember: true })
        .expect(200)
      for (const each of [one, other, one]) await signIn(moveTo(each, held), 'ada').expect(200, { next: '/' })
    }
  })

  it('in the wrong order a code of the one is no guess at the other', async () => {
    const { start, phone, clock } = openKeyed('redis')
    const [ahead, behind] = [start(newer, older), start(older)]
    await enrolPhone(behind, 'ada')
    const held = await holdSession(ahead)
    const answer = await verify(moveTo(behind, held), phone.codeFor()).expect(401)
    expect(answer.body.code).toBe('ERR_TFA_CHALLENGE_EXPIRED')
    clock.advance(30_000)
    const again = await moveTo(behind, held).post('/two-factor/challenge').send({ method: 'sms' }).expect(201)
    expect(again.body.attemptsLeft).toBe(5)
    await verify(moveTo(behind, held), phone.codeFor()).expect(200)
  })
})
