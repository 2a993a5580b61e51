-- Mail that waits to be sent, and what became of it. No body and no token stands here: both are made as a mail is sent.
create table mails (
    id uuid primary key,
    purpose text not null,
    -- What people wait for (0) goes before what they are told (1).
    priority bigint not null,
    account_id uuid,
    -- To whom, or by what name a visitor asked. Null once the mail is settled.
    recipient text,
    -- MACs of the recipient and of the client's address that asked, which limits count.
    recipient_key bytea not null,
    asker_key bytea,
    language text not null,
    -- What the mail says beside its purpose, as JSON. Empty once it is settled.
    detail text not null,
    -- The id that the token of the link in it is made from.
    link_id uuid,
    state text not null check (state in ('waiting', 'sent', 'dropped', 'failed')),
    -- Why it was not sent (yet).
    error text,
    tries bigint not null,
    created_at timestamptz not null,
    not_before timestamptz not null,
    give_up_at timestamptz not null,
    settled_at timestamptz,
    -- The replica that sends it now, and until when by the database's clock, in milliseconds of the Unix epoch.
    holder uuid,
    held_until bigint not null
);
create index mails_waiting on mails (priority, created_at, id) where state = 'waiting';
create index mails_recipient on mails (recipient_key, created_at);
create index mails_asker on mails (asker_key, created_at) where asker_key is not null;
create index mails_account on mails (account_id) where account_id is not null;
create index mails_settled on mails (settled_at) where settled_at is not null;

-- How a link has ended, so that whoever opens it is told; null while it works.
alter table links add column ended_as text;
-- The key of the address that a link confirms.
alter table links add column email_key text;

-- Addresses that mail came back from: only a flag, for the person and the admins. Another address has none.
create table mail_failures (
    account_id uuid primary key references accounts (id) on delete cascade,
    email_key text not null,
    failed_at timestamptz not null
);
