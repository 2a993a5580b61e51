-- Which account a row of another service came in as. It stays when the account goes, so that it does not come again.
create table imports (
    source text not null,
    external_id text not null,
    account_id uuid not null,
    constraint imports_once primary key (source, external_id)
);
create index imports_account on imports (account_id);

-- By what name a picture was known before, for links that people have kept.
create table old_pictures (
    file text primary key not null,
    account_id uuid not null references accounts (id) on delete cascade
);
create index old_pictures_account on old_pictures (account_id);
