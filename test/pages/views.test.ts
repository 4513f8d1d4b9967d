import type express from 'express'
import { type AppViews, TwoFactorError } from 'express-two-factor'
import request from 'supertest'
import { createTestApp, type TestApp } from '../support/app'
import { enrolPhone, signIn } from '../support/journeys'

const HTML = { Accept: 'text/html', 'Accept-Language': 'fr' }

/** A held session of a user with a phone, in an app with these views. */
async function hold(views: AppViews): Promise<{ service: TestApp; ada: ReturnType<typeof request.agent> }> {
  const service = createTestApp({ views })
  await enrolPhone(service, 'ada')
  const ada = request.agent(service.app)
  await signIn(ada, 'ada').expect(200)
  return { service, ada }
}

describe('a view of the app’s own', () => {
  it('takes the place of the page, with its model and its surroundings', async () => {
    const { ada } = await hold({
      challenge: ({ challenge, methods, rememberDays }, context) =>
        JSON.stringify({ method: challenge?.method, count: methods.length, rememberDays, ...context }),
    })
    const page = await ada
      .get('/two-factor/challenge')
      .set(HTML)
      .expect(200)
      .expect('Content-Type', /^text\/html/)
    expect(JSON.parse(page.text)).toEqual({
      method: 'sms',
      count: 3,
      rememberDays: 30,
      locale: 'fr',
      issuer: 'Acme',
      path: '/two-factor',
      userLabel: 'user-ada',
      now: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    })
    expect(page.headers).toMatchObject({ 'cache-control': 'no-store', 'x-frame-options': 'DENY' })
  })

  it('is given an error in words, with the status of the error', async () => {
    const { ada } = await hold({ challenge: (_model, { error }) => JSON.stringify(error) })
    const wrong = await ada.post('/two-factor/challenge/verify').set(HTML).type('form').send({ code: '000000' })
    expect([wrong.status, JSON.parse(wrong.text)]).toEqual([
      401,
      {
        code: 'ERR_TFA_CODE_INCORRECT',
        fields: { attemptsLeft: 4 },
        title: 'Le code est incorrect',
        text: 'Il vous reste 4 essais.',
      },
    ])
  })

  it('leaves the other pages as they are', async () => {
    const { ada } = await hold({ settings: () => 'mine' })
    const page = await ada.get('/two-factor/challenge').set(HTML).expect(200)
    expect(page.text).toContain('<h1>Validation en deux étapes</h1>')
  })

  it('is asked for the page of an error too', async () => {
    const { ada } = await hold({ problem: ({ backTo }, { error }) => `${error?.code} ${backTo}` })
    const page = await ada.get('/two-factor/nothing').set(HTML).expect(404)
    expect(page.text).toBe('ERR_TFA_NOT_FOUND /two-factor')
  })
})

describe('a view that fails', () => {
  const failing = () => {
    throw new Error('no template')
  }

  /** What the app's error handler hears, and whether the process goes on serving. */
  async function expectHandled(views: AppViews, method: 'get' | 'put', path: string): Promise<unknown> {
    const { service, ada } = await hold(views)
    const heard: unknown[] = []
    const answer: express.ErrorRequestHandler = (error, _req, res, _next) => {
      heard.push(error)
      const before = res.statusCode
      res.status(500).json({ before })
    }
    service.app.use(answer)
    await ada[method](path).set(HTML).expect(500, { before: 200 })
    await ada.get('/two-factor/challenge').expect(200)
    return heard[0]
  }

  it('goes to the app’s error handler', async () => {
    expect(await expectHandled({ challenge: failing }, 'get', '/two-factor/challenge')).toEqual(
      new Error('no template'),
    )
  })

  it('goes there from the page of an error too', async () => {
    for (const [method, path] of [
      ['get', '/two-factor/nothing'],
      ['put', '/two-factor/challenge'],
    ] as const) {
      expect(await expectHandled({ problem: failing }, method, path)).toEqual(new Error('no template'))
    }
  })

  it('because it returned a promise is named', async () => {
    const views = { challenge: (async () => 'late') as unknown as () => string }
    const error = await expectHandled(views, 'get', '/two-factor/challenge')
    expect(error).toBeInstanceOf(TwoFactorError)
    expect((error as TwoFactorError).message).toContain('`views.challenge`: must return a string')
  })
})

describe('the option', () => {
  const start = (views: unknown) => () => createTestApp({ views: views as AppViews })

  it.each([
    [{ login: () => '' }, '`views.login`: does not exist; known are challenge, setup, totpEnrolment'],
    [{ challenge: '<p>' }, '`views.challenge`: must be a function'],
    [() => '', '`views`: must be an object of functions'],
    [null, '`views`: must be an object of functions'],
  ])('%p is refused at start-up, by name', (views, message) => {
    expect(start(views)).toThrow(message)
  })

  it('takes a view left out for the package’s own', () => {
    expect(start({ challenge: undefined })).not.toThrow()
  })
})
