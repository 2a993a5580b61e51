-- What a username looks like goes by how it was typed: a capital I is an l to the eye, and no i. Those made by the rule before
-- are made anew at the next start.
drop index accounts_key_rule;
create index accounts_key_rule on accounts (created_at, id) where key_rule < 3;
