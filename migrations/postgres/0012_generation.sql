-- The generation of an account counts what has ended everything that it was logged in with: a password that was set, a
-- switching off or on, a log-out everywhere. What a log-in leaves behind carries the generation that its proof saw, and
-- is good while the account still has it; so nothing that is written late outlives an end.
alter table accounts add column generation bigint not null default 0;
alter table token_families add column generation bigint not null default 0;
-- Of a link that is about no account yet, it says nothing.
alter table links add column generation bigint not null default 0;
