-- The generation of an account counts what has ended everything that it was logged in with: a password that was set, a
-- switching off or on, a log-out everywhere. What a log-in leaves behind carries the generation that its proof saw, and
-- is good while the account still has it; so nothing that is written late outlives an end.
alter table accounts add column generation bigint not null default 0;
alter table token_families add column generation bigint not null default 0;
-- Of a link that is about no account yet, it says nothing.
alter table links add column generation bigint not null default 0;

-- A session is somebody's from its start: a visitor has none.
create temp table kept_sessions as select * from sessions where account_id is not null;
drop table sessions;
create table sessions (
    id bytea primary key,
    account_id uuid not null references accounts (id) on delete cascade,
    generation bigint not null,
    -- Names it in lists, under whatever id it is found: the first one it had.
    handle bytea not null,
    -- What the pages keep in it, as JSON.
    data text not null,
    device text not null,
    address text not null,
    -- How the person proved who they are (RFC 8176), and when they last did.
    amr text not null,
    authenticated_at timestamptz not null,
    -- Whether it outlives the browser.
    remembered boolean not null,
    created_at timestamptz not null,
    seen_at timestamptz not null,
    -- When it ends unless it is used before.
    expires_at timestamptz not null,
    -- When it ends however much it is used.
    ends_at timestamptz not null
);
-- As text: what was typed into a form may hold what no JSON function takes.
insert into sessions
    select id, account_id, 0, id, '{}', device, address, 'pwd', created_at, data like '%"remember":true%',
        created_at, seen_at, expires_at, ends_at
    from kept_sessions;
drop table kept_sessions;
create index sessions_account on sessions (account_id);
create index sessions_expiry on sessions (expires_at);
