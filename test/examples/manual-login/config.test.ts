import { type Environment, readConfig } from '../../../examples/manual-login/config'

const KEY = Buffer.alloc(32, 'key').toString('base64')
const PRODUCTION = { NODE_ENV: 'production', REDIS_URL: 'redis://r', SESSION_SECRET: 'secret', TWO_FACTOR_KEY: KEY }

describe('the settings of the sample', () => {
  it('needs no environment at all', () => {
    expect(readConfig({})).toEqual({
      isProduction: false,
      port: 3000,
      databaseFolder: '.data/manual-login',
      requirement: { requirement: 'optional', graceMs: 0 },
      afterEnrolment: 'continue',
    })
  })

  it('takes an empty variable as one that is not set', () => {
    expect(readConfig({ PORT: '', REDIS_URL: '', TWO_FACTOR_KEY: ' ' })).toEqual(readConfig({}))
  })

  it('reads every variable', () => {
    const config = readConfig({
      ...PRODUCTION,
      PORT: '0',
      PUBLIC_ORIGIN: 'https://acme.example/',
      DATABASE_URL: 'postgres://db/acme',
      DATABASE_FILE: '/var/lib/acme',
      TWO_FACTOR_KEY: `${KEY}, ${KEY}`,
      VONAGE_APPLICATION_ID: 'application',
      VONAGE_PRIVATE_KEY: '/etc/vonage.pem',
      VONAGE_FROM: 'Sender',
      VONAGE_VOICE_FROM: '33123456789',
      VONAGE_API_HOST: 'http://127.0.0.1:1',
      VONAGE_SIGNATURE_SECRET: 'signed',
      TWO_FACTOR_REQUIREMENT: 'required',
      TWO_FACTOR_ENFORCE_FROM: '2027-03-01',
      TWO_FACTOR_GRACE_DAYS: '28',
      TWO_FACTOR_AFTER_ENROLMENT: 'sign-out',
    })
    expect(config).toEqual({
      isProduction: true,
      port: 0,
      publicOrigin: 'https://acme.example',
      redisUrl: 'redis://r',
      databaseUrl: 'postgres://db/acme',
      databaseFolder: '/var/lib/acme',
      sessionSecret: 'secret',
      keys: [KEY, KEY],
      vonage: {
        applicationId: 'application',
        privateKey: '/etc/vonage.pem',
        from: 'Sender',
        voiceFrom: '33123456789',
        apiHost: 'http://127.0.0.1:1',
        signatureSecret: 'signed',
      },
      requirement: {
        requirement: 'required',
        enforceFrom: new Date('2027-03-01T00:00:00Z'),
        graceMs: 28 * 24 * 3600 * 1000,
      },
      afterEnrolment: 'sign-out',
    })
  })

  it.each<[string, Environment]>([
    ['PORT', { PORT: 'http' }],
    ['PORT', { PORT: '65536' }],
    ['PUBLIC_ORIGIN', { PUBLIC_ORIGIN: 'acme.example' }],
    ['PUBLIC_ORIGIN', { PUBLIC_ORIGIN: 'https://acme.example/app' }],
    ['REDIS_URL', { REDIS_URL: 'localhost:6379' }],
    ['DATABASE_URL', { DATABASE_URL: 'mysql://db' }],
    ['TWO_FACTOR_KEY', { TWO_FACTOR_KEY: 'short' }],
    ['TWO_FACTOR_KEY', { TWO_FACTOR_KEY: `${KEY},` }],
    ['VONAGE_PRIVATE_KEY', { VONAGE_APPLICATION_ID: 'application' }],
    ['VONAGE_APPLICATION_ID', { VONAGE_PRIVATE_KEY: '/etc/vonage.pem' }],
    ['TWO_FACTOR_REQUIREMENT', { TWO_FACTOR_REQUIREMENT: 'yes' }],
    ['TWO_FACTOR_ENFORCE_FROM', { TWO_FACTOR_ENFORCE_FROM: '1 March' }],
    ['TWO_FACTOR_ENFORCE_FROM', { TWO_FACTOR_ENFORCE_FROM: '2027-13-01' }],
    ['TWO_FACTOR_GRACE_DAYS', { TWO_FACTOR_GRACE_DAYS: '-1' }],
    ['TWO_FACTOR_AFTER_ENROLMENT', { TWO_FACTOR_AFTER_ENROLMENT: 'stay' }],
    ['REDIS_URL', { ...PRODUCTION, REDIS_URL: undefined }],
    ['SESSION_SECRET', { ...PRODUCTION, SESSION_SECRET: undefined }],
    ['TWO_FACTOR_KEY', { ...PRODUCTION, TWO_FACTOR_KEY: undefined }],
  ])('refuses a wrong %s in one line that names it', (name, env) => {
    const read = () => readConfig(env)
    expect(read).toThrow(new RegExp(`^${name}: [^\\n]+$`))
  })
})
