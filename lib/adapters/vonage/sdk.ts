import { TwoFactorError } from '../../errors'
import type { VonageSettings } from './options'

/** The part of Vonage's clients that is used here. */
export interface MessagesClient {
  send(message: Readonly<Record<string, unknown>>): Promise<{ messageUUID?: unknown }>
}

export interface VoiceClient {
  createOutboundCall(call: Readonly<Record<string, unknown>>): Promise<{ uuid?: unknown }>
}

interface ClientOptions {
  apiHost: string
  timeout: number
}

type Auth = object

interface Sdk {
  Auth: new (keys: { applicationId: string; privateKey: string }) => Auth
  Messages: new (auth: Auth, options: ClientOptions) => MessagesClient
  Voice: new (auth: Auth, options: ClientOptions) => VoiceClient
}

const PACKAGES = { Auth: '@vonage/auth', Messages: '@vonage/messages', Voice: '@vonage/voice' } as const

/**
 * Opens a client of Vonage's Messages API.
 * @throws {@link TwoFactorError} `ERR_TFA_CONFIG` when the SDK is not installed
 */
export function openMessages(settings: VonageSettings): MessagesClient {
  const { Messages } = load<'Messages'>(PACKAGES.Messages)
  return new Messages(authenticate(settings), clientOptions(settings))
}

/**
 * Opens a client of Vonage's Voice API.
 * @throws {@link TwoFactorError} `ERR_TFA_CONFIG` when the SDK is not installed
 */
export function openVoice(settings: VonageSettings): VoiceClient {
  const { Voice } = load<'Voice'>(PACKAGES.Voice)
  return new Voice(authenticate(settings), clientOptions(settings))
}

function authenticate({ applicationId, privateKey }: VonageSettings): Auth {
  const { Auth } = load<'Auth'>(PACKAGES.Auth)
  return new Auth({ applicationId, privateKey })
}

/** The SDK has no deadline of its own accord: a hung server would be waited on for ever. */
function clientOptions({ apiHost, timeoutMs }: VonageSettings): ClientOptions {
  return { apiHost, timeout: timeoutMs }
}

/** The SDK is an optional peer: loaded when a channel is made, never at import. */
function load<Name extends keyof Sdk>(packageName: (typeof PACKAGES)[Name]): Pick<Sdk, Name> {
  try {
    return require(packageName) as Pick<Sdk, Name>
  } catch {
    throw new TwoFactorError('ERR_TFA_CONFIG', {
      detail: `${packageName} cannot be loaded: npm install @vonage/auth@^1.17 @vonage/messages@^1.27 @vonage/voice@^1.24`,
    })
  }
}
