-- What the key of a username looks like, beside what the username looks like as it was typed: a capital I is an l to the eye
-- and an i in the key. It is filled for older accounts and former usernames at the next start.
alter table accounts add column username_key_skeleton text collate "C";
create unique index accounts_username_key_skeleton on accounts (username_key_skeleton);
alter table former_usernames add column username_key_skeleton text collate "C";
-- As the columns that it is compared with: an index serves one order of its texts.
alter table former_usernames alter column username_skeleton type text collate "C";
create index former_usernames_key_skeleton on former_usernames (username_key_skeleton);
drop index accounts_key_rule;
create index accounts_key_rule on accounts (created_at, id) where key_rule < 5;

create or replace function accounts_username_former_compare() returns trigger language plpgsql as $$
begin
    if exists (
        select 1 from former_usernames as former join added
        on former.username_key = added.username_key or former.username_skeleton = added.username_skeleton
        or former.username_key_skeleton = added.username_key_skeleton
        where former.account_id <> added.id and former.expires_at > added.updated_at
    ) then
        raise unique_violation using constraint = 'accounts_username_key', table = 'accounts',
            message = 'another account had this username a while ago';
    end if;
    return null;
end
$$;
create or replace function accounts_username_former_compare_one() returns trigger language plpgsql as $$
begin
    if exists (
        select 1 from former_usernames
        where (username_key = new.username_key or username_skeleton = new.username_skeleton
            or username_key_skeleton = new.username_key_skeleton)
        and account_id <> new.id and expires_at > new.updated_at
    ) then
        raise unique_violation using constraint = 'accounts_username_key', table = 'accounts',
            message = 'another account had this username a while ago';
    end if;
    return null;
end
$$;
