-- What admins note about an account, for each other.
alter table accounts add column note text;
-- Counts the changes of an account: whoever saves a form says which one it was made from.
alter table accounts add column revision integer not null default 0;

-- Links by which people may open an account of their own, also where nobody else may. Only a hash of the token is kept.
create table invites (
    id blob primary key not null,
    token_hash blob not null unique,
    -- What stands in the form at first.
    email text,
    invited_by blob references accounts (id) on delete set null,
    created_at text not null,
    expires_at text not null
);
create index invites_expiry on invites (expires_at);
