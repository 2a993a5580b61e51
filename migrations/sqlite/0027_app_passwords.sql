-- Passwords that a program uses in place of the account's own: they open the APIs, never the pages.
create table app_passwords (
    id blob primary key not null,
    account_id blob not null references accounts (id) on delete cascade,
    -- The generation of the account that it is good for.
    generation integer not null,
    -- SHA-256 of it: it is too long to be guessed.
    hash blob not null unique,
    -- What its owner calls it.
    label text not null,
    created_at text not null,
    used_at text,
    -- The address that it was last used from.
    used_from text,
    expires_at text
);
create index app_passwords_account on app_passwords (account_id);

-- The app password that a program logged in with, if it was one: its tokens end with it.
alter table token_families add column app_password_id blob references app_passwords (id) on delete cascade;
create index token_families_app_password on token_families (app_password_id);
