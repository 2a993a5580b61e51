-- The password that an account had before a program changed it with a token alone: for a week it takes a change of the
-- e-mail back, as the one that the program has set must not.
create table former_passwords (
    account_id blob primary key not null references accounts (id) on delete cascade,
    password_hash text not null,
    expires_at text not null
);
create index former_passwords_expiry on former_passwords (expires_at);
