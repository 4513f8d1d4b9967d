-- Gives one send back to a budget, while its window is the one that the send was charged to: the next owes nothing.
-- KEYS: budget. ARGV: what is left of that window at most, in ms.
-- Reply: refunded, over. Cost: O(1), 3 commands.
local left = redis.call('PTTL', KEYS[1])
if left <= 0 or left > tonumber(ARGV[1]) or tonumber(redis.call('GET', KEYS[1])) < 1 then return 'over' end
redis.call('DECR', KEYS[1])
return 'refunded'
