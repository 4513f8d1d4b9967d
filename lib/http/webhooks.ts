import type { Request, RequestHandler, Response } from 'express'
import type { Core } from '../core/core'
import { takeReceipt } from '../core/receipt'
import { TwoFactorError } from '../errors'
import type { Receipt, ReceiptReader } from '../ports'
import { misconfigured } from '../settings/check'
import { readRaw } from './body'
import { guard } from './guard'
import { sendJson } from './respond'

/**
 * Takes what the channels' other sides say of messages and calls, at `PATH/webhooks/…`.
 * Mount it before any body parser: the signature is over the body as it came.
 * @throws {@link TwoFactorError} `ERR_TFA_CONFIG` when no channel can check whose webhook it is
 */
export function createWebhooks(core: Core): RequestHandler {
  const readers = [...core.channels.values()].flatMap(({ receipts }) => (receipts ? [receipts] : []))
  if (readers.length === 0)
    throw misconfigured('channels', '`webhooks()` needs one that reads receipts: set `signatureSecret`')
  const routes = new Map(
    readers.map((reader) => [`${core.settings.path}/webhooks/${reader.path}`, receive(core, reader)]),
  )
  return (req, res, next) => {
    const handle = routes.get(req.path)
    if (handle) handle(req, res, next)
    else next()
  }
}

function receive(core: Core, reader: ReceiptReader): RequestHandler {
  return guard(core, async (req, res) => {
    if (req.method !== 'POST') throw refuseMethod(res)
    const body = await rawBodyOf(req, res)
    const receipt = readReceipt(core, reader, req, body)
    if (receipt) await takeReceipt(core, receipt)
    sendJson(res, 204, undefined)
  })
}

/** Why a webhook was refused is told to the app, and not to whoever posted it. */
function readReceipt(core: Core, reader: ReceiptReader, { headers }: Request, body: Buffer): Receipt | null {
  try {
    return reader.read({ headers, body, now: core.settings.clock.now() })
  } catch (error) {
    if (!(error instanceof TwoFactorError)) throw error
    core.events.emit('webhook.refused', { path: reader.path, reason: error.fields.detail ?? error.code })
    throw new TwoFactorError(error.code)
  }
}

function refuseMethod(res: Response): TwoFactorError {
  res.setHeader('Allow', 'POST')
  return new TwoFactorError('ERR_TFA_METHOD_NOT_ALLOWED')
}

/** @throws {@link TwoFactorError} `ERR_TFA_CONFIG` when a parser was there before and kept nothing of the bytes */
async function rawBodyOf(req: Request, res: Response): Promise<Buffer> {
  const { rawBody } = req as { rawBody?: unknown }
  if (Buffer.isBuffer(rawBody)) return rawBody
  if (!hasBody(req)) return Buffer.alloc(0)
  if (req.body === undefined) await readRaw(req, res)
  if (Buffer.isBuffer(req.body)) return req.body
  const detail = 'mount `twoFactor.webhooks()` before any body parser: the signature is over the body as it came'
  throw new TwoFactorError('ERR_TFA_CONFIG', { detail })
}

function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
