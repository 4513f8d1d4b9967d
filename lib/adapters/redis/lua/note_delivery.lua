-- Notes what became of a send, while the challenge is still the one it was sent for.
-- KEYS: slot. ARGV: challenge, delivery, place of a send that failed (0: none): nobody has to wait for its cooldown.
-- Reply: noted, changed. Cost: O(1), 2 commands.
local state, challenge = (redis.call('GET', KEYS[1]) or ''):match('^([^"]*)(.*)$')
if challenge ~= ARGV[1] then return 'changed' end
local attempts_left, ends_at, text_at, call_at, rest = state:match('^(%d+),(%d+),%d+,(%d+),(%d+),(.*)$')
if ARGV[3] == '4' then text_at = 0 elseif ARGV[3] == '5' then call_at = 0 end
local noted = table.concat({attempts_left, ends_at, ARGV[2], text_at, call_at, rest}, ',')
redis.call('SET', KEYS[1], noted .. challenge, 'KEEPTTL')
return 'noted'
