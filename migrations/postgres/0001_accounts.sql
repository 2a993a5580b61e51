-- Accounts.
create table accounts (
    id uuid primary key,
    username text,
    username_key text,
    email text,
    email_key text,
    full_name text not null,
    first_name text not null,
    last_name text not null,
    organization text,
    pronouns text not null,
    bio text not null,
    website text not null,
    public_profile boolean not null,
    findable boolean not null,
    language text,
    time_zone text,
    theme text not null,
    is_admin boolean not null,
    status text not null check (status in ('active', 'disabled')),
    -- A PHC string, or a hash of a replaced service; null for an account that cannot log in by password.
    password_hash text,
    password_changed_at timestamptz not null,
    picture_key text,
    picture_largest integer,
    picture_zoom integer,
    picture_x integer,
    picture_y integer,
    email_verified_at timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint accounts_named check (username is not null or email is not null)
);
create unique index accounts_username_key on accounts (username_key);
create unique index accounts_email_key on accounts (email_key);
create unique index accounts_picture_key on accounts (picture_key);
-- Asked at every start and before the last admin goes.
create index accounts_admins on accounts (id) where is_admin;

-- Browser sessions. The id is a hash of the cookie's value: a stolen database opens no session.
create table sessions (
    id bytea primary key,
    account_id uuid references accounts (id) on delete cascade,
    data text not null,
    device text not null,
    address text not null,
    created_at timestamptz not null,
    seen_at timestamptz not null,
    -- When it ends unless it is used before.
    expires_at timestamptz not null,
    -- When it ends however much it is used.
    ends_at timestamptz not null
);
create index sessions_account on sessions (account_id);
create index sessions_expiry on sessions (expires_at);

-- Events wait here, in the order of their transactions, until they are delivered (or pruned).
create table events (
    sequence bigint primary key generated always as identity,
    id uuid not null unique,
    kind text not null,
    account_id uuid not null,
    body text not null,
    created_at timestamptz not null
);
create index events_created on events (created_at);

-- Links that work once: only a hash of the token is kept.
create table links (
    token_hash bytea primary key,
    purpose text not null,
    account_id uuid references accounts (id) on delete cascade,
    expires_at timestamptz not null
);
