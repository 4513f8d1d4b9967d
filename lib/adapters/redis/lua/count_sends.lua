-- Adds to what is counted of a country's sends by one method, in one slice of a day.
-- KEYS: the day's counts. ARGV: how long they are kept, in ms; then fields, each followed by how many.
-- Reply: counted, and what each field has by then. Cost: O(fields), 1 command each and 1 more.
local counted = {}
for at = 2, #ARGV, 2 do counted[at / 2] = redis.call('HINCRBY', KEYS[1], ARGV[at], ARGV[at + 1]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return {'counted', counted}
