-- What the list of accounts is read, sorted and searched by: a narrow row for each account, written with it.
create table directory (
    number integer primary key not null,
    account_id blob not null unique references accounts (id) on delete cascade,
    -- When the account was made, in seconds since 1970.
    joined integer not null,
    -- The name that is shown, folded.
    sort_name text not null,
    -- Every word that the account is found by, folded, each behind two spaces.
    key text not null,
    status text not null,
    is_admin boolean not null,
    is_unconfirmed boolean not null
);
create index directory_joined on directory (joined, account_id);
create index directory_name on directory (sort_name, account_id);
create index directory_admins on directory (joined, account_id) where is_admin;
create index directory_disabled on directory (joined, account_id) where status = 'disabled';
create index directory_unconfirmed on directory (joined, account_id) where is_unconfirmed;

-- Which keys hold which three letters in a row; no more is kept, so what is found is compared with the key.
create virtual table directory_trigrams using fts5 (
    key, content = '', detail = 'none', columnsize = 0, tokenize = 'trigram case_sensitive 1'
);
create trigger directory_added after insert on directory begin
    insert into directory_trigrams (rowid, key) values (new.number, new.key);
end;
create trigger directory_removed after delete on directory begin
    insert into directory_trigrams (directory_trigrams, rowid, key) values ('delete', old.number, old.key);
end;
create trigger directory_changed after update of key on directory when old.key <> new.key begin
    insert into directory_trigrams (directory_trigrams, rowid, key) values ('delete', old.number, old.key);
    insert into directory_trigrams (rowid, key) values (new.number, new.key);
end;
