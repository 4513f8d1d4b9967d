import { defineMatrix } from '../faults/matrix'
import { DOCUMENTED } from '../faults/pace'
import { startPostgresSite } from '../faults/postgres-site'

// Real servers, and the deadlines that the package and its pages name.
defineMatrix({ startDatabase: startPostgresSite, pace: DOCUMENTED })
