import type { NextFunction, Request, RequestHandler, Response } from 'express'
import type { Core } from '../core/core'
import type { User } from '../options'
import { answerError } from './hold'
import { readUser } from './visitor'

/**
 * Makes a middleware of work that may fail: the error is answered, and what goes wrong in answering goes to the app's
 * error handler. Express 4 looks after no promise: one that is rejected there ends the process.
 */
export function guard(
  core: Core,
  work: (req: Request, res: Response, next: NextFunction) => Promise<void>,
): RequestHandler {
  return (req, res, next) => {
    work(req, res, next)
      .catch((error) => answerError(core, req, res, next, error, userOrNull(core, req)))
      .catch(next)
  }
}

/** Whom an error is told to; nobody, where telling who it is was the error. */
export function userOrNull(core: Core, req: Request): User | null {
  try {
    return readUser(core, req)
  } catch {
    return null
  }
}
