-- What the key of a username looks like (UTS 39): no two that look alike are given out. Null for one that shows nothing, and
-- for one whose looks another account had first.
alter table accounts add column username_skeleton text collate "C";
create unique index accounts_username_skeleton on accounts (username_skeleton);
create index accounts_alike on accounts (id) where username_key is not null and username_skeleton is null;

-- By which rule the keys of the names were made: those made by an older one are made anew at the next start.
alter table accounts add column key_rule bigint not null default 1;
create index accounts_key_rule on accounts (created_at, id) where key_rule < 2;

-- A username does not read as an e-mail address, so that no name is two accounts'. Those that did before this was so stay
-- until somebody renames them; nobody takes such an address for an e-mail meanwhile.
create index accounts_username_at on accounts (username_key) where username_key like '%@%';
create function accounts_username_refuse() returns trigger language plpgsql as $$
begin
    raise exception 'a username does not read as an e-mail address'
        using errcode = 'check_violation', table = 'accounts', column = 'username_key';
end
$$;
create trigger accounts_username_new before insert on accounts for each row
    when (new.username_key like '%@%') execute function accounts_username_refuse();
create trigger accounts_username_other before update of username_key on accounts for each row
    when (new.username_key like '%@%' and new.username_key is distinct from old.username_key)
    execute function accounts_username_refuse();

-- Asked once for all rows of a statement: many come in at once.
create function accounts_email_compare() returns trigger language plpgsql as $$
begin
    if exists (
        select 1 from accounts as older join added on added.email_key = older.username_key
        where older.username_key like '%@%' and older.id <> added.id
    ) then
        raise unique_violation using constraint = 'accounts_email_key', table = 'accounts',
            message = 'another account has this e-mail for a username';
    end if;
    return null;
end
$$;
create trigger accounts_email_new after insert on accounts referencing new table as added
    for each statement execute function accounts_email_compare();
create function accounts_email_compare_one() returns trigger language plpgsql as $$
begin
    if exists (
        select 1 from accounts
        where username_key = new.email_key and username_key like '%@%' and id <> new.id
    ) then
        raise unique_violation using constraint = 'accounts_email_key', table = 'accounts',
            message = 'another account has this e-mail for a username';
    end if;
    return new;
end
$$;
create trigger accounts_email_other before update of email_key on accounts for each row
    when (new.email_key is distinct from old.email_key) execute function accounts_email_compare_one();
