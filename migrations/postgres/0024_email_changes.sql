-- Changes of an account's e-mail that the new address confirms, and how each has ended. Beside their ids, which the tokens of
-- their links are made from with the key, stand hashes of these tokens.
create table email_changes (
    id uuid primary key,
    account_id uuid not null references accounts (id) on delete cascade,
    -- The generation of the account that it is good for.
    generation bigint not null,
    email text not null,
    email_key text not null,
    -- The handle of the session that asked for it.
    session bytea,
    confirm_hash bytea not null unique,
    stop_hash bytea not null unique,
    -- Null while it waits.
    ended_as text check (ended_as in ('confirmed', 'stopped', 'replaced')),
    created_at timestamptz not null,
    expires_at timestamptz not null
);
create unique index email_changes_waiting on email_changes (account_id) where ended_as is null;
create index email_changes_expiry on email_changes (expires_at);

-- Ways back to an address that an account had before a change.
create table email_undos (
    id uuid primary key,
    account_id uuid not null references accounts (id) on delete cascade,
    email text not null,
    email_key text not null,
    -- The hash of the password that the account had at the change. Null once the way back has ended.
    password_hash text,
    token_hash bytea not null unique,
    -- Null while it works.
    ended_as text check (ended_as in ('used', 'replaced')),
    created_at timestamptz not null,
    expires_at timestamptz not null
);
create index email_undos_account on email_undos (account_id);
create index email_undos_expiry on email_undos (expires_at);

-- Whether the person is told by mail of a log-in with a browser that the account is not known on.
alter table accounts add column notify_devices boolean not null default true;
