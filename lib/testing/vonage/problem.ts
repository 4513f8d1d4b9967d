/** One thing that is wrong with a request's body. */
export interface InvalidParameter {
  name: string
  reason: string
}

/** A refusal as Vonage words it: `application/problem+json`. */
export interface Problem {
  status: number
  body: {
    type: string
    title: string
    detail: string
    instance: string
    invalid_parameters?: readonly InvalidParameter[]
  }
}

const TITLES: Readonly<Record<number, readonly [anchor: string, title: string, detail: string]>> = {
  400: ['#bad-request', 'Bad request', 'The request could not be understood.'],
  401: [
    '#unauthorized',
    'You did not provide correct credentials.',
    "Check that you're using the correct credentials.",
  ],
  402: ['#low-balance', 'Low balance', 'This request could not be performed due to your account balance being low.'],
  403: ['#forbidden', 'Forbidden', 'Your account does not have permission to perform this action.'],
  404: ['#not-found', 'Not found', 'There is nothing at this address.'],
  405: ['#wrong-verb', 'Request method not allowed', 'Use POST.'],
  415: ['#content-type-header', 'Unsupported Content-Type header', "Must be 'application/json'."],
  422: ['/messages#1150', 'Invalid params', 'The value of one or more parameters is invalid.'],
  429: ['#throttled', 'Rate Limit Hit', 'Please wait, then retry your request'],
  500: ['/messages#1000', 'Internal error', 'There was an error processing your request in the Platform.'],
  503: ['#unavailable', 'Service unavailable', 'The service is temporarily unavailable.'],
}

const UNNAMED = ['#error', 'Error', 'Something went wrong.'] as const

/** Words a refusal with this status, and what was wrong with the body where that is the reason. */
export function problem(status: number, invalid: readonly InvalidParameter[] = []): Problem {
  const [anchor, title, detail] = TITLES[status] ?? UNNAMED
  const body = { type: `https://developer.vonage.com/api-errors${anchor}`, title, detail, instance: 'stand-in' }
  return { status, body: invalid.length > 0 ? { ...body, invalid_parameters: invalid } : body }
}
