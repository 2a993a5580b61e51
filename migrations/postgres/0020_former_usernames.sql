-- Usernames that accounts had before a change: until they expire no other account takes them, or what looks like them, and the
-- addresses that hold them lead on. They go with their account.
create table former_usernames (
    username_key text primary key not null,
    username_skeleton text,
    account_id uuid not null references accounts (id) on delete cascade,
    expires_at timestamptz not null
);
create index former_usernames_skeleton on former_usernames (username_skeleton);
create index former_usernames_account on former_usernames (account_id, expires_at);
create index former_usernames_expiry on former_usernames (expires_at);

-- Whether one has expired goes by the time that the account was written at. Another username is another text: keys that are
-- made anew by another rule stay their account's. Asked after the row is written: who waited at the unique index for the
-- account that gave the name up then sees that it did.
create function accounts_username_former_compare() returns trigger language plpgsql as $$
begin
    if exists (
        select 1 from former_usernames as former join added
        on former.username_key = added.username_key or former.username_skeleton = added.username_skeleton
        where former.account_id <> added.id and former.expires_at > added.updated_at
    ) then
        raise unique_violation using constraint = 'accounts_username_key', table = 'accounts',
            message = 'another account had this username a while ago';
    end if;
    return null;
end
$$;
create trigger accounts_username_former_new after insert on accounts referencing new table as added
    for each statement execute function accounts_username_former_compare();
create function accounts_username_former_compare_one() returns trigger language plpgsql as $$
begin
    if exists (
        select 1 from former_usernames
        where (username_key = new.username_key or username_skeleton = new.username_skeleton)
        and account_id <> new.id and expires_at > new.updated_at
    ) then
        raise unique_violation using constraint = 'accounts_username_key', table = 'accounts',
            message = 'another account had this username a while ago';
    end if;
    return null;
end
$$;
create trigger accounts_username_former_other after update of username on accounts
    for each row when (new.username is distinct from old.username)
    execute function accounts_username_former_compare_one();
