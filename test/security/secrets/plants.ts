import { hkdfSync } from 'node:crypto'
import { decodeBase32 } from '../../../lib/core/base32'

export type Kind =
  | 'totp-secret'
  | 'code'
  | 'recovery-code'
  | 'phone'
  | 'password'
  | 'device-token'
  | 'session'
  | 'key'
  | 'vonage'

interface Plant {
  kind: Kind
  /** Says which, without being it: it is printed when the plant is found. */
  name: string
  isIn(text: string): boolean
}

/** What must not be found, in every way that somebody could have written it. */
export class Plants {
  private readonly plants = new Map<string, Plant>()

  add(kind: Kind, value: string): void {
    if (value === '' || this.plants.has(`${kind} ${value}`)) return
    const nth = [...this.plants.values()].filter((plant) => plant.kind === kind).length
    this.plants.set(`${kind} ${value}`, { kind, name: `${kind} ${nth}`, isIn: FINDERS[kind](value) })
  }

  /** The names of the plants that a text holds, of kinds that it may not hold. */
  findIn(text: string, tolerated: readonly Kind[] = []): readonly string[] {
    const hunted = [...this.plants.values()].filter(({ kind }) => !tolerated.includes(kind))
    return hunted.filter((plant) => plant.isIn(text)).map(({ name }) => name)
  }

  count(kind: Kind): number {
    return [...this.plants.values()].filter((plant) => plant.kind === kind).length
  }
}

const FINDERS: Readonly<Record<Kind, (value: string) => (text: string) => boolean>> = {
  'totp-secret': (base32) => anyOf([...written(base32), ...groups(base32), ...bytesWritten(decodeBase32(base32))]),
  code: (code) => (code.length > 6 ? longNumber(code) : delimited(code)),
  'recovery-code': (code) => anyOf([...written(code), ...written(code.replaceAll('-', ''))]),
  phone: (national) => longNumber(national.replace(/^0/, '')),
  password: (password) => anyOf([...written(password), password.replaceAll(' ', '+')]),
  'device-token': (token) => anyOf(written(token)),
  session: (id) => anyOf([id, encodeURIComponent(id)]),
  key: (base64) => anyOf(keysWritten(Buffer.from(base64, 'base64'))),
  vonage: (line) => anyOf(written(line)),
}

function anyOf(needles: readonly string[]): (text: string) => boolean {
  return (text) => needles.some((needle) => text.includes(needle))
}

/** A text as it is, as other cases and encodings write it, and as the bytes it is. */
function written(text: string): readonly string[] {
  return [text, text.toLowerCase(), encodeURIComponent(text), ...bytesWritten(Buffer.from(text))]
}

/** As people read a key aloud: four and four. */
function groups(text: string): readonly string[] {
  const fours = text.match(/.{1,4}/g) ?? []
  return [fours.join(' '), fours.join('-')]
}

function bytesWritten(bytes: Buffer): readonly string[] {
  const hex = bytes.toString('hex')
  const spaced = hex.match(/../g)?.join(' ') ?? hex
  const list = JSON.stringify([...bytes]).slice(1, -1)
  return [bytes.toString('latin1'), hex, hex.toUpperCase(), spaced, list, ...base64Written(bytes)]
}

/** Base64 of the bytes wherever they begin in what was encoded, without the characters that their neighbours share. */
function base64Written(bytes: Buffer): readonly string[] {
  return [0, 1, 2].flatMap((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    const own = encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
    return [own, own.replaceAll('+', '-').replaceAll('/', '_')]
  })
}

/** The key of the ring, and those that are derived from it. */
function keysWritten(secret: Buffer): readonly string[] {
  const derived = ['seal', 'hash', 'id'].map((use) =>
    Buffer.from(hkdfSync('sha256', secret, '', `express-two-factor ${use}`, 32)),
  )
  return [secret, ...derived].flatMap(bytesWritten)
}

/** Digits that chance does not make, with or without what people, and voices, put between them. */
function longNumber(digits: string): (text: string) => boolean {
  const needles = bytesWritten(Buffer.from(digits))
  return (text) => anyOf(needles)(text) || text.replace(/(?<=\d)(?:, |[ .-])(?=\d)/g, '').includes(digits)
}

/** Six digits, which a hash or an instant may well hold: only where they stand alone. */
function delimited(digits: string): (text: string) => boolean {
  const alone = new RegExp(`(?<![0-9A-Za-z])${digits}(?![0-9A-Za-z])`)
  return (text) => alone.test(text)
}
