-- Usernames that accounts had before a change: until they expire no other account takes them, or what looks like them, and the
-- addresses that hold them lead on. They go with their account.
create table former_usernames (
    username_key text primary key not null,
    username_skeleton text,
    account_id blob not null references accounts (id) on delete cascade,
    expires_at text not null
);
create index former_usernames_skeleton on former_usernames (username_skeleton);
create index former_usernames_account on former_usernames (account_id, expires_at);
create index former_usernames_expiry on former_usernames (expires_at);

-- Whether one has expired goes by the time that the account was written at. Another username is another text: keys that are
-- made anew by another rule stay their account's.
create trigger accounts_username_former_new before insert on accounts when new.username_key is not null and exists (
    select 1 from former_usernames
    where (username_key = new.username_key or username_skeleton = new.username_skeleton)
    and account_id <> new.id and expires_at > new.updated_at
) begin
    select raise(abort, 'UNIQUE constraint failed: accounts.username_key');
end;
create trigger accounts_username_former_other before update of username on accounts
when new.username_key is not null and new.username is not old.username and exists (
    select 1 from former_usernames
    where (username_key = new.username_key or username_skeleton = new.username_skeleton)
    and account_id <> new.id and expires_at > new.updated_at
) begin
    select raise(abort, 'UNIQUE constraint failed: accounts.username_key');
end;
