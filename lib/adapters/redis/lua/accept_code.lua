-- Accepts a right code: claims its time step where it has one, resets the failures, notes the use. One racer wins.
-- KEYS: authenticators. ARGV: id, now, step (empty: none), secret sealed anew (empty: keep).
-- Reply: accepted, refused. Cost: O(1), 3 commands.
local uses = redis.call('HGET', KEYS[1], 'uses:' .. ARGV[1])
if not uses then return 'refused' end
local step = uses:match('^[^:]*')
-- RFC 6238 §5.2: a step, once accepted, is never accepted again, nor is an earlier one.
if ARGV[3] ~= '' and tonumber(ARGV[3]) <= tonumber(step) then return 'refused' end
if ARGV[3] ~= '' then step = ARGV[3] end
redis.call('HSET', KEYS[1], 'uses:' .. ARGV[1], step .. ':0:' .. ARGV[2])
if ARGV[4] ~= '' then redis.call('HSET', KEYS[1], 'sealed:' .. ARGV[1], ARGV[4]) end
return 'accepted'
