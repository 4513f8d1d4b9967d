-- Notes what became of a send, while the challenge is still the one it was sent for.
-- KEYS: slot. ARGV: challenge, delivery.
-- Reply: noted, changed. Cost: O(1), 2 commands.
local state, challenge = (redis.call('GET', KEYS[1]) or ''):match('^([^"]*)(.*)$')
if challenge ~= ARGV[1] then return 'changed' end
local attempts_left, ends_at, sent_at = state:match('^(%d+),(%d+),%d+,(.*)$')
redis.call('SET', KEYS[1], table.concat({attempts_left, ends_at, ARGV[2], sent_at}, ',') .. challenge, 'KEEPTTL')
return 'noted'
