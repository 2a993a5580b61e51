-- Whether its password alone does not log an account in: there is an authenticator, a passkey or a security key. Written
-- by whatever adds or removes one of them.
alter table accounts add column two_factor boolean not null default false;

-- Authenticator apps: what their one-time codes are made from (RFC 6238).
create table authenticators (
    id uuid primary key,
    account_id uuid not null references accounts (id) on delete cascade,
    name text not null,
    -- The shared secret, sealed with the installation's key.
    sealed_secret bytea not null,
    -- The time step of the last code that was taken: none is taken twice.
    last_step bigint not null,
    created_at timestamptz not null,
    used_at timestamptz
);
create index authenticators_account on authenticators (account_id);

-- Passkeys and security keys (WebAuthn credentials).
create table passkeys (
    -- The id that the authenticator gave it.
    id bytea primary key,
    account_id uuid not null references accounts (id) on delete cascade,
    -- The domain that it was made for.
    rp_id text not null,
    name text not null,
    -- As a COSE key (RFC 9052).
    public_key bytea not null,
    counter bigint not null,
    -- Whether the authenticator finds it without being told its id; null where that is not known.
    discoverable boolean,
    -- Whether it has verified its user once: a whole log-in. Otherwise it is a second factor alone.
    verifies_user boolean not null,
    backup_eligible boolean not null,
    backed_up boolean not null,
    -- How the browser reaches it, as a list with commas.
    transports text not null,
    aaguid uuid not null,
    created_at timestamptz not null,
    used_at timestamptz
);
create index passkeys_account on passkeys (account_id);

-- What authenticators know accounts by.
create table passkey_users (
    account_id uuid primary key references accounts (id) on delete cascade,
    -- 32 random bytes.
    handle bytea not null unique
);

-- Challenges that were answered, until they would have expired: none is answered twice.
create table spent_challenges (
    nonce bytea primary key,
    expires_at timestamptz not null
);
create index spent_challenges_expiry on spent_challenges (expires_at);

-- Codes that stand in for a factor that was lost, by their hashes. One that was used is gone.
create table recovery_codes (
    account_id uuid not null references accounts (id) on delete cascade,
    hash bytea not null,
    created_at timestamptz not null,
    primary key (account_id, hash)
);

-- Log-ins whose password was right and whose second step is to come. They open nothing.
create table login_steps (
    -- A hash of the cookie's value.
    id bytea primary key,
    account_id uuid not null references accounts (id) on delete cascade,
    -- The generation of the account when the password was right.
    generation bigint not null,
    -- What the pages keep until the log-in is done, as JSON.
    data text not null,
    remembered boolean not null,
    tries bigint not null,
    created_at timestamptz not null,
    expires_at timestamptz not null
);
create index login_steps_account on login_steps (account_id);
create index login_steps_expiry on login_steps (expires_at);

-- Browsers on which the second step is not asked for.
create table trusted_browsers (
    -- A hash of the cookie's value.
    id bytea primary key,
    account_id uuid not null references accounts (id) on delete cascade,
    -- The generation of the account that it is good for.
    generation bigint not null,
    -- What the browser calls itself.
    device text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null
);
create index trusted_browsers_account on trusted_browsers (account_id);
create index trusted_browsers_expiry on trusted_browsers (expires_at);
