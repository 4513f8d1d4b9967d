import { startEmbeddedDatabase } from './embedded-database'
import { defineMatrix } from './matrix'
import { SHORT } from './pace'

/** One of each kind; `npm run test:faults` drives all of them. */
const ROWS = [
  'Redis is down',
  'Redis stands still',
  'Redis is out of memory (`OOM`)',
  'Redis is a replica (`READONLY`)',
  'Redis is starting (`LOADING`)',
  'Redis misses its replicas (`NOREPLICAS`)',
  'Redis has forgotten the scripts',
  'Redis has forgotten everything',
  'Each connection to Redis is cut within a reply',
  'PostgreSQL is down',
  'PostgreSQL stands still',
  'PostgreSQL refuses writes (deadlock)',
  'Vonage refuses connections',
  'Vonage cuts the connection',
  'Vonage does not answer',
  'Vonage answers 401',
  'Vonage takes the message, and its answer is lost',
  'The session store is down',
  'The session store takes no writes',
  'Redis goes down once the code is accepted',
  'The connection to Redis is cut as the code is accepted',
  'Redis goes down once the factors are changed',
  'PostgreSQL stands still once sessions are revoked',
  'PostgreSQL goes down once the device is recognised',
]

defineMatrix({ startDatabase: startEmbeddedDatabase, pace: SHORT, rows: ROWS })
