-- Counts a wrong code on its authenticator.
-- KEYS: authenticators. ARGV: id.
-- Reply: counted + failures in a row, gone. Cost: O(1), 2 commands.
local uses = redis.call('HGET', KEYS[1], 'uses:' .. ARGV[1])
if not uses then return {'gone'} end
local step, failures, last_used_at = uses:match('^([^:]*):(%d+):(%d*)$')
redis.call('HSET', KEYS[1], 'uses:' .. ARGV[1], step .. ':' .. failures + 1 .. ':' .. last_used_at)
return {'counted', failures + 1}
