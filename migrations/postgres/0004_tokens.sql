-- A log-in of a program: every token of it carries the family's id, and is good as long as the row is there.
create table token_families (
    id uuid primary key,
    account_id uuid not null references accounts (id) on delete cascade,
    -- The dialect that issued it.
    door text not null,
    device text not null,
    address text not null,
    -- The refresh token that is good now, and the one it replaced; null where the dialect has none.
    refresh_id text,
    previous_id text,
    issued_at timestamptz not null,
    created_at timestamptz not null,
    seen_at timestamptz not null,
    expires_at timestamptz not null
);
create index token_families_account on token_families (account_id);
create index token_families_expiry on token_families (expires_at);

-- Tokens of a replaced service that are used up or logged out, and the family that a refresh token went on as.
create table spent_tokens (
    id text primary key,
    family_id uuid,
    expires_at timestamptz not null
);
create index spent_tokens_expiry on spent_tokens (expires_at);

-- Tokens of replaced services belong to no family: those issued before this moment are no longer good.
alter table accounts add column tokens_after timestamptz;
