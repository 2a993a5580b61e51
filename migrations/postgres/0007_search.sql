-- What the list of accounts is read, sorted and searched by: a narrow row for each account, written with it. Texts are
-- compared byte by byte, so that the order is the same wherever the database stands.
create table directory (
    account_id uuid primary key references accounts (id) on delete cascade,
    -- When the account was made, in seconds since 1970.
    joined bigint not null,
    -- The name that is shown, folded.
    sort_name text collate "C" not null,
    -- Every word that the account is found by, folded, each behind two spaces.
    key text collate "C" not null,
    status text not null,
    is_admin boolean not null,
    is_unconfirmed boolean not null,
    -- A number for each three letters in a row in the key. No extension is asked for, and any script will do, whatever
    -- the database's locale takes for a letter.
    grams integer[] not null
);
create index directory_joined on directory (joined, account_id);
create index directory_name on directory (sort_name, account_id);
create index directory_admins on directory (joined, account_id) where is_admin;
create index directory_disabled on directory (joined, account_id) where status = 'disabled';
create index directory_unconfirmed on directory (joined, account_id) where is_unconfirmed;
-- Whoever searches reads the pending list from end to end, so it stays short.
create index directory_grams on directory using gin (grams) with (gin_pending_list_limit = 512);
-- How often each of many numbers occurs takes long to find out, and the search does not ask.
alter table directory alter column grams set statistics 0;
