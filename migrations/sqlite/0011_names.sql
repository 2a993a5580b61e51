-- What the key of a username looks like (UTS 39): no two that look alike are given out. Null for one that shows nothing, and
-- for one whose looks another account had first.
alter table accounts add column username_skeleton text;
create unique index accounts_username_skeleton on accounts (username_skeleton);
create index accounts_alike on accounts (id) where username_key is not null and username_skeleton is null;

-- By which rule the keys of the names were made: those made by an older one are made anew at the next start.
alter table accounts add column key_rule bigint not null default 1;
create index accounts_key_rule on accounts (created_at, id) where key_rule < 2;

-- A username does not read as an e-mail address, so that no name is two accounts'. Those that did before this was so stay
-- until somebody renames them; nobody takes such an address for an e-mail meanwhile.
create index accounts_username_at on accounts (username_key) where username_key like '%@%';
create trigger accounts_username_new before insert on accounts when new.username_key like '%@%' begin
    select raise(abort, 'a username does not read as an e-mail address');
end;
create trigger accounts_username_other before update of username_key on accounts
when new.username_key like '%@%' and new.username_key is not old.username_key begin
    select raise(abort, 'a username does not read as an e-mail address');
end;
create trigger accounts_email_new before insert on accounts when new.email_key is not null and exists (
    select 1 from accounts where username_key = new.email_key and username_key like '%@%'
) begin
    select raise(abort, 'UNIQUE constraint failed: accounts.email_key');
end;
create trigger accounts_email_other before update of email_key on accounts
when new.email_key is not old.email_key and exists (
    select 1 from accounts where username_key = new.email_key and username_key like '%@%' and id <> new.id
) begin
    select raise(abort, 'UNIQUE constraint failed: accounts.email_key');
end;
