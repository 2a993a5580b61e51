-- A dotted capital I is an i, as Turkish writes it: keys and skeletons made by the rule before are made anew at the next start.
drop index accounts_key_rule;
create index accounts_key_rule on accounts (created_at, id) where key_rule < 4;
