-- Ends one session: its grant and its challenge.
-- KEYS: grants, slot. ARGV: handle.
-- Reply: ended. Cost: O(1), 2 commands.
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('DEL', KEYS[2])
return 'ended'
