-- Whether a second step is asked for after an account's password, for the list of accounts. Written with
-- accounts.two_factor.
alter table directory add column two_factor boolean not null default false;
update directory set two_factor = true where account_id in (select id from accounts where two_factor);
create index directory_two_factor on directory (joined, account_id) where two_factor;
