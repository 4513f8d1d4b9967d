-- Replaces a session's grant while it is exactly the one that was read: one racer wins.
-- KEYS: grants. ARGV: clock offset, handle, grant before, grant after, end of the grant after.
-- Reply: replaced, changed. Cost: O(1), 5 commands.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1]
if redis.call('HGET', KEYS[1], ARGV[2]) ~= ARGV[3] then return 'changed' end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[4])
redis.call('PEXPIRE', KEYS[1], math.max(redis.call('PTTL', KEYS[1]), ARGV[5] - now, 86400000))
return 'replaced'
