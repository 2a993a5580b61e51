-- How many programs an account is logged in on is counted by the index alone.
drop index token_families_account;
create index token_families_account on token_families (account_id, generation, expires_at);
