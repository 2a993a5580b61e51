-- What the key of a username looks like, beside what the username looks like as it was typed: a capital I is an l to the eye
-- and an i in the key. It is filled for older accounts and former usernames at the next start.
alter table accounts add column username_key_skeleton text;
create unique index accounts_username_key_skeleton on accounts (username_key_skeleton);
alter table former_usernames add column username_key_skeleton text;
create index former_usernames_key_skeleton on former_usernames (username_key_skeleton);
drop index accounts_key_rule;
create index accounts_key_rule on accounts (created_at, id) where key_rule < 5;

drop trigger accounts_username_former_new;
drop trigger accounts_username_former_other;
create trigger accounts_username_former_new before insert on accounts when new.username_key is not null and exists (
    select 1 from former_usernames
    where (username_key = new.username_key or username_skeleton = new.username_skeleton
        or username_key_skeleton = new.username_key_skeleton)
    and account_id <> new.id and expires_at > new.updated_at
) begin
    select raise(abort, 'UNIQUE constraint failed: accounts.username_key');
end;
create trigger accounts_username_former_other before update of username on accounts
when new.username_key is not null and new.username is not old.username and exists (
    select 1 from former_usernames
    where (username_key = new.username_key or username_skeleton = new.username_skeleton
        or username_key_skeleton = new.username_key_skeleton)
    and account_id <> new.id and expires_at > new.updated_at
) begin
    select raise(abort, 'UNIQUE constraint failed: accounts.username_key');
end;
