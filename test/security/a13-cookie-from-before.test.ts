/**
 * A13, A44. The attacker plants a session id of his own in the victim's browser, or reads the cookie while the second
 * factor is pending, and waits until the victim has verified.
 * Hurt by it: scheb/2fa (GHSA-9phw-7h96-q3rv): the id from before the second factor went on after it.
 * What must happen: the id changes at the password and again at the second factor, and what it was before is worth
 * nothing: read from the raw Set-Cookie headers, by a second jar.
 */
import request from 'supertest'
import { PASSWORD } from '../support/app'
import { codeFor, enrolTotp, signIn } from '../support/journeys'
import { BACKENDS, holdSession, openBareApp, openService, redisSessions, sessionCookieOf } from '../support/security'

describe.each(BACKENDS)('a session id, on %s', (backend) => {
  it('from before the second factor is nobody after it, and proves nothing', async () => {
    const service = openService(backend)
    const { setupKey } = await enrolTotp(service, 'ada')
    service.clock.advance(30_000)
    const pending = sessionCookieOf(await signIn(request.agent(service.app), 'ada'))
    const verified = await request(service.app)
      .post('/two-factor/challenge/verify')
      .set('Cookie', pending)
      .send({ code: codeFor(service, setupKey) })
      .expect(200)
    const after = sessionCookieOf(verified)
    expect(after).not.toBe(pending)
    const stolen = await request(service.app).get('/account').set('Cookie', pending)
    expect(stolen.body.user ?? null).toBeNull()
    await request(service.app).get('/two-factor').set('Cookie', pending).expect(401)
    await request(service.app).get('/two-factor').set('Cookie', after).expect(200)
  })

  it('planted before the password is another after it, and another again after the second factor', async () => {
    const service = openService(backend)
    const { setupKey } = await enrolTotp(service, 'ada')
    service.clock.advance(30_000)
    const { app } = openBareApp(
      service,
      backend === 'memory' ? {} : { sessions: redisSessions(service.prefix, backend) },
    )
    const planted = sessionCookieOf(await request(app).get('/visit'))
    const login = await request(app)
      .post('/login')
      .set('Cookie', planted)
      .send({ email: 'ada@example.com', password: PASSWORD })
    const pending = sessionCookieOf(login)
    const code = codeFor(service, setupKey)
    const after = sessionCookieOf(
      await request(app).post('/two-factor/challenge/verify').set('Cookie', pending).send({ code }),
    )
    expect(new Set([planted, pending, after]).size).toBe(3)
    for (const cookie of [planted, pending]) {
      const { body } = await request(app).get('/account').set('Cookie', cookie)
      expect(body.twoFactor ?? null).toBeNull()
    }
    await request(app).get('/two-factor').set('Cookie', after).expect(200)
  })

  it('planted before the password of a user without a factor is another after it', async () => {
    const service = openService(backend)
    const { app } = openBareApp(service)
    const planted = sessionCookieOf(await request(app).get('/visit'))
    await request(app)
      .post('/login')
      .set('Cookie', planted)
      .send({ email: 'bob@example.com', password: PASSWORD })
      .expect(200)
    const { body } = await request(app).get('/account').set('Cookie', planted).expect(200)
    expect(body.twoFactor).toBeNull()
  })

  it('changes with each change of factors, and the one before is signed out', async () => {
    const service = openService(backend)
    const { setupKey } = await enrolTotp(service, 'ada')
    const ada = await holdSession(service)
    service.clock.advance(30_000)
    const before = sessionCookieOf(
      await ada.post('/two-factor/challenge/verify').send({ code: codeFor(service, setupKey) }),
    )
    await ada.post('/two-factor/reauthenticate').send({ username: 'ada@example.com', password: PASSWORD }).expect(200)
    const after = sessionCookieOf(await ada.post('/two-factor/recovery-codes').expect(201))
    expect(after).not.toBe(before)
    await request(service.app).get('/two-factor').set('Cookie', before).expect(401)
    await request(service.app).get('/two-factor').set('Cookie', after).expect(200)
  })
})
