-- What the migrations in sqlite make together, for new files. WRITE_SCHEMA=1 cargo test --test it new_file
-- writes it anew.

CREATE TABLE accounts (
    id blob primary key not null,
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
    password_changed_at text not null,
    picture_key text,
    picture_largest integer,
    picture_zoom integer,
    picture_x integer,
    picture_y integer,
    email_verified_at text,
    created_at text not null,
    updated_at text not null, email_md5 blob, email_sha256 blob, tokens_after text, note text, revision integer not null default 0, username_skeleton text, key_rule bigint not null default 1, generation integer not null default 0, location text not null default '', terms_version text, terms_at text, notify_devices boolean not null default true, two_factor boolean not null default false, username_key_skeleton text,
    constraint accounts_named check (username is not null or email is not null)
);
CREATE UNIQUE INDEX accounts_username_key on accounts (username_key);
CREATE UNIQUE INDEX accounts_email_key on accounts (email_key);
CREATE INDEX accounts_admins on accounts (id) where is_admin;
CREATE TABLE events (
    sequence integer primary key autoincrement,
    id blob not null unique,
    kind text not null,
    account_id blob not null,
    body text not null,
    created_at text not null
);
CREATE TABLE links (
    token_hash blob primary key not null,
    purpose text not null,
    account_id blob references accounts (id) on delete cascade,
    expires_at text not null
, generation integer not null default 0, ended_as text, email_key text);
CREATE INDEX accounts_email_md5 on accounts (email_md5) where email_md5 is not null;
CREATE INDEX accounts_email_sha256 on accounts (email_sha256) where email_sha256 is not null;
CREATE TABLE token_families (
    id blob primary key not null,
    account_id blob not null references accounts (id) on delete cascade,
    -- The dialect that issued it.
    door text not null,
    device text not null,
    address text not null,
    -- The refresh token that is good now, and the one it replaced; null where the dialect has none.
    refresh_id text,
    previous_id text,
    issued_at text not null,
    created_at text not null,
    seen_at text not null,
    expires_at text not null
, generation integer not null default 0, app_password_id blob references app_passwords (id) on delete cascade);
CREATE INDEX token_families_expiry on token_families (expires_at);
CREATE TABLE spent_tokens (
    id text primary key not null,
    family_id blob,
    expires_at text not null
);
CREATE INDEX spent_tokens_expiry on spent_tokens (expires_at);
CREATE TABLE targets (
    name text primary key not null,
    url text,
    -- The sequence of the last event that has arrived.
    reached integer not null,
    -- Which replica delivers, and until when if it says nothing more: milliseconds by the database's clock.
    holder blob,
    held_until integer not null,
    -- Events to deliver once more.
    replay_next integer,
    replay_until integer,
    failing_since text,
    last_error text,
    disabled_at text
, secret_number integer not null default 0, previous_secret_until text);
CREATE TABLE audit (
    sequence integer primary key autoincrement,
    created_at text not null,
    action text not null,
    -- What kind of action it is, for lists of one kind.
    topic text not null,
    actor_kind text not null check (actor_kind in ('account', 'stranger', 'service', 'operator')),
    actor_id blob,
    subject_id blob,
    door text not null,
    address text,
    -- JSON: what stood there before and after, and what else there is to say. Never a secret.
    detail text
);
CREATE INDEX audit_created on audit (created_at);
CREATE INDEX audit_topic on audit (topic);
CREATE INDEX audit_actor on audit (actor_kind, actor_id);
CREATE INDEX audit_subject on audit (subject_id);
CREATE TRIGGER audit_kept before update on audit
when not (
    new.sequence = old.sequence and new.created_at = old.created_at and new.action = old.action and new.topic = old.topic
    and new.actor_kind = old.actor_kind and new.actor_id is old.actor_id and new.subject_id is old.subject_id
    and new.door = old.door
    and (new.detail is old.detail or (new.detail is null
        and old.subject_id is not null and not exists (select 1 from accounts where id = old.subject_id)))
    and (new.address is old.address or (new.address is null and (
        (old.subject_id is not null and not exists (select 1 from accounts where id = old.subject_id))
        or (old.actor_id is not null and not exists (select 1 from accounts where id = old.actor_id)))))
)
begin
    select raise(abort, 'the audit log is append-only');
end;
CREATE TRIGGER audit_whole before delete on audit
when old.created_at > strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-1 day')
    or exists (select 1 from audit where sequence < old.sequence)
begin
    select raise(abort, 'the audit log is only shortened from its oldest end');
end;
CREATE TABLE directory (
    number integer primary key not null,
    account_id blob not null unique references accounts (id) on delete cascade,
    -- When the account was made, in seconds since 1970.
    joined integer not null,
    -- The name that is shown, folded.
    sort_name text not null,
    -- Every word that the account is found by, folded, each behind two spaces.
    key text not null,
    status text not null,
    is_admin boolean not null,
    is_unconfirmed boolean not null
, two_factor boolean not null default false);
CREATE INDEX directory_joined on directory (joined, account_id);
CREATE INDEX directory_name on directory (sort_name, account_id);
CREATE INDEX directory_admins on directory (joined, account_id) where is_admin;
CREATE INDEX directory_disabled on directory (joined, account_id) where status = 'disabled';
CREATE INDEX directory_unconfirmed on directory (joined, account_id) where is_unconfirmed;
CREATE VIRTUAL TABLE directory_trigrams using fts5 (
    key, content = '', detail = 'none', columnsize = 0, tokenize = 'trigram case_sensitive 1'
);
CREATE TRIGGER directory_added after insert on directory begin
    insert into directory_trigrams (rowid, key) values (new.number, new.key);
end;
CREATE TRIGGER directory_removed after delete on directory begin
    insert into directory_trigrams (directory_trigrams, rowid, key) values ('delete', old.number, old.key);
end;
CREATE TRIGGER directory_changed after update of key on directory when old.key <> new.key begin
    insert into directory_trigrams (directory_trigrams, rowid, key) values ('delete', old.number, old.key);
    insert into directory_trigrams (rowid, key) values (new.number, new.key);
end;
CREATE TABLE invites (
    id blob primary key not null,
    token_hash blob not null unique,
    -- What stands in the form at first.
    email text,
    invited_by blob references accounts (id) on delete set null,
    created_at text not null,
    expires_at text not null
);
CREATE INDEX invites_expiry on invites (expires_at);
CREATE TABLE imports (
    source text not null,
    external_id text not null,
    account_id blob not null,
    constraint imports_once primary key (source, external_id)
);
CREATE INDEX imports_account on imports (account_id);
CREATE TABLE old_pictures (
    file text primary key not null,
    account_id blob not null references accounts (id) on delete cascade
);
CREATE INDEX old_pictures_account on old_pictures (account_id);
CREATE UNIQUE INDEX accounts_picture_key on accounts (picture_key) where picture_key is not null;
CREATE UNIQUE INDEX accounts_username_skeleton on accounts (username_skeleton);
CREATE INDEX accounts_alike on accounts (id) where username_key is not null and username_skeleton is null;
CREATE INDEX accounts_username_at on accounts (username_key) where username_key like '%@%';
CREATE TRIGGER accounts_username_new before insert on accounts when new.username_key like '%@%' begin
    select raise(abort, 'a username does not read as an e-mail address');
end;
CREATE TRIGGER accounts_username_other before update of username_key on accounts
when new.username_key like '%@%' and new.username_key is not old.username_key begin
    select raise(abort, 'a username does not read as an e-mail address');
end;
CREATE TRIGGER accounts_email_new before insert on accounts when new.email_key is not null and exists (
    select 1 from accounts where username_key = new.email_key and username_key like '%@%'
) begin
    select raise(abort, 'UNIQUE constraint failed: accounts.email_key');
end;
CREATE TRIGGER accounts_email_other before update of email_key on accounts
when new.email_key is not old.email_key and exists (
    select 1 from accounts where username_key = new.email_key and username_key like '%@%' and id <> new.id
) begin
    select raise(abort, 'UNIQUE constraint failed: accounts.email_key');
end;
CREATE TABLE sessions (
    id blob primary key not null,
    account_id blob not null references accounts (id) on delete cascade,
    generation integer not null,
    -- Names it in lists, under whatever id it is found: the first one it had.
    handle blob not null,
    -- What the pages keep in it, as JSON.
    data text not null,
    device text not null,
    address text not null,
    -- How the person proved who they are (RFC 8176), and when they last did.
    amr text not null,
    authenticated_at text not null,
    -- Whether it outlives the browser.
    remembered boolean not null,
    created_at text not null,
    seen_at text not null,
    -- When it ends unless it is used before.
    expires_at text not null,
    -- When it ends however much it is used.
    ends_at text not null
);
CREATE INDEX sessions_account on sessions (account_id);
CREATE INDEX sessions_expiry on sessions (expires_at);
CREATE TRIGGER audit_added before insert on audit
when exists (select 1 from audit where sequence = new.sequence)
begin
    select raise(abort, 'the audit log is append-only');
end;
CREATE TRIGGER audit_behind after insert on audit
when exists (select 1 from audit where sequence > new.sequence)
begin
    select raise(abort, 'the audit log is append-only');
end;
CREATE INDEX accounts_legacy_hashes on accounts (substr(password_hash, 1, 40))
    where substr(password_hash, 1, 31) <> '$argon2id$v=19$m=19456,t=2,p=1$';
CREATE TABLE former_pictures (
    picture_key text primary key not null,
    account_id blob not null references accounts (id) on delete cascade,
    replaced_at text not null
);
CREATE INDEX former_pictures_account on former_pictures (account_id, replaced_at);
CREATE INDEX former_pictures_replaced on former_pictures (replaced_at);
CREATE TABLE former_usernames (
    username_key text primary key not null,
    username_skeleton text,
    account_id blob not null references accounts (id) on delete cascade,
    expires_at text not null
, username_key_skeleton text);
CREATE INDEX former_usernames_skeleton on former_usernames (username_skeleton);
CREATE INDEX former_usernames_account on former_usernames (account_id, expires_at);
CREATE INDEX former_usernames_expiry on former_usernames (expires_at);
CREATE TABLE mails (
    id blob primary key not null,
    purpose text not null,
    -- What people wait for (0) goes before what they are told (1).
    priority integer not null,
    account_id blob,
    -- To whom, or by what name a visitor asked. Null once the mail is settled.
    recipient text,
    -- MACs of the recipient and of the client's address that asked, which limits count.
    recipient_key blob not null,
    asker_key blob,
    language text not null,
    -- What the mail says beside its purpose, as JSON. Empty once it is settled.
    detail text not null,
    -- The id that the token of the link in it is made from.
    link_id blob,
    state text not null check (state in ('waiting', 'sent', 'dropped', 'failed')),
    -- Why it was not sent (yet).
    error text,
    tries integer not null,
    created_at text not null,
    not_before text not null,
    give_up_at text not null,
    settled_at text,
    -- The replica that sends it now, and until when by the database's clock, in milliseconds of the Unix epoch.
    holder blob,
    held_until integer not null
);
CREATE INDEX mails_waiting on mails (priority, created_at, id) where state = 'waiting';
CREATE INDEX mails_recipient on mails (recipient_key, created_at);
CREATE INDEX mails_asker on mails (asker_key, created_at) where asker_key is not null;
CREATE INDEX mails_account on mails (account_id) where account_id is not null;
CREATE INDEX mails_settled on mails (settled_at) where settled_at is not null;
CREATE TABLE mail_failures (
    account_id blob primary key not null references accounts (id) on delete cascade,
    email_key text not null,
    failed_at text not null
);
CREATE TABLE pending_sign_ups (
    -- The id that the token of the link and the code are made from.
    id blob primary key not null,
    token_hash blob not null unique,
    -- The hash of the cookie of the browser that signed up; null where a program did.
    browser_hash blob unique,
    username text,
    username_key text,
    username_skeleton text,
    email text not null,
    email_key text not null,
    full_name text not null,
    first_name text not null,
    last_name text not null,
    organization text,
    language text,
    time_zone text,
    terms_version text,
    password_hash text not null,
    -- How many codes were tried.
    code_tries integer not null,
    created_at text not null,
    expires_at text not null
, passkey text);
CREATE INDEX pending_sign_ups_email on pending_sign_ups (email_key);
CREATE INDEX pending_sign_ups_expiry on pending_sign_ups (expires_at);
CREATE TABLE email_changes (
    id blob primary key not null,
    account_id blob not null references accounts (id) on delete cascade,
    -- The generation of the account that it is good for.
    generation integer not null,
    email text not null,
    email_key text not null,
    -- The handle of the session that asked for it.
    session blob,
    confirm_hash blob not null unique,
    stop_hash blob not null unique,
    -- Null while it waits.
    ended_as text check (ended_as in ('confirmed', 'stopped', 'replaced')),
    created_at text not null,
    expires_at text not null
);
CREATE UNIQUE INDEX email_changes_waiting on email_changes (account_id) where ended_as is null;
CREATE INDEX email_changes_expiry on email_changes (expires_at);
CREATE TABLE email_undos (
    id blob primary key not null,
    account_id blob not null references accounts (id) on delete cascade,
    email text not null,
    email_key text not null,
    -- The hash of the password that the account had at the change. Null once the way back has ended.
    password_hash text,
    token_hash blob not null unique,
    -- Null while it works.
    ended_as text check (ended_as in ('used', 'replaced')),
    created_at text not null,
    expires_at text not null
);
CREATE INDEX email_undos_account on email_undos (account_id);
CREATE INDEX email_undos_expiry on email_undos (expires_at);
CREATE TABLE authenticators (
    id blob primary key not null,
    account_id blob not null references accounts (id) on delete cascade,
    name text not null,
    -- The shared secret, sealed with the installation's key.
    sealed_secret blob not null,
    -- The time step of the last code that was taken: none is taken twice.
    last_step integer not null,
    created_at text not null,
    used_at text
);
CREATE INDEX authenticators_account on authenticators (account_id);
CREATE TABLE passkeys (
    -- The id that the authenticator gave it.
    id blob primary key not null,
    account_id blob not null references accounts (id) on delete cascade,
    -- The domain that it was made for.
    rp_id text not null,
    name text not null,
    -- As a COSE key (RFC 9052).
    public_key blob not null,
    counter integer not null,
    -- Whether the authenticator finds it without being told its id; null where that is not known.
    discoverable boolean,
    -- Whether it has verified its user once: a whole log-in. Otherwise it is a second factor alone.
    verifies_user boolean not null,
    backup_eligible boolean not null,
    backed_up boolean not null,
    -- How the browser reaches it, as a list with commas.
    transports text not null,
    aaguid blob not null,
    created_at text not null,
    used_at text
, unconfirmed boolean not null default false);
CREATE INDEX passkeys_account on passkeys (account_id);
CREATE TABLE passkey_users (
    account_id blob primary key not null references accounts (id) on delete cascade,
    -- 32 random bytes.
    handle blob not null unique
);
CREATE TABLE spent_challenges (
    nonce blob primary key not null,
    expires_at text not null
);
CREATE INDEX spent_challenges_expiry on spent_challenges (expires_at);
CREATE TABLE recovery_codes (
    account_id blob not null references accounts (id) on delete cascade,
    hash blob not null,
    created_at text not null,
    primary key (account_id, hash)
);
CREATE TABLE login_steps (
    -- A hash of the cookie's value.
    id blob primary key not null,
    account_id blob not null references accounts (id) on delete cascade,
    -- The generation of the account when the password was right.
    generation integer not null,
    -- What the pages keep until the log-in is done, as JSON.
    data text not null,
    remembered boolean not null,
    tries integer not null,
    created_at text not null,
    expires_at text not null
);
CREATE INDEX login_steps_account on login_steps (account_id);
CREATE INDEX login_steps_expiry on login_steps (expires_at);
CREATE TABLE trusted_browsers (
    -- A hash of the cookie's value.
    id blob primary key not null,
    account_id blob not null references accounts (id) on delete cascade,
    -- The generation of the account that it is good for.
    generation integer not null,
    -- What the browser calls itself.
    device text not null,
    created_at text not null,
    expires_at text not null
);
CREATE INDEX trusted_browsers_account on trusted_browsers (account_id);
CREATE INDEX trusted_browsers_expiry on trusted_browsers (expires_at);
CREATE TABLE app_passwords (
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
CREATE INDEX app_passwords_account on app_passwords (account_id);
CREATE INDEX token_families_app_password on token_families (app_password_id);
CREATE INDEX directory_two_factor on directory (joined, account_id) where two_factor;
CREATE UNIQUE INDEX accounts_username_key_skeleton on accounts (username_key_skeleton);
CREATE INDEX former_usernames_key_skeleton on former_usernames (username_key_skeleton);
CREATE INDEX accounts_key_rule on accounts (created_at, id) where key_rule < 5;
CREATE TRIGGER accounts_username_former_new before insert on accounts when new.username_key is not null and exists (
    select 1 from former_usernames
    where (username_key = new.username_key or username_skeleton = new.username_skeleton
        or username_key_skeleton = new.username_key_skeleton)
    and account_id <> new.id and expires_at > new.updated_at
) begin
    select raise(abort, 'UNIQUE constraint failed: accounts.username_key');
end;
CREATE TRIGGER accounts_username_former_other before update of username on accounts
when new.username_key is not null and new.username is not old.username and exists (
    select 1 from former_usernames
    where (username_key = new.username_key or username_skeleton = new.username_skeleton
        or username_key_skeleton = new.username_key_skeleton)
    and account_id <> new.id and expires_at > new.updated_at
) begin
    select raise(abort, 'UNIQUE constraint failed: accounts.username_key');
end;
CREATE TABLE former_passwords (
    account_id blob primary key not null references accounts (id) on delete cascade,
    password_hash text not null,
    expires_at text not null
);
CREATE INDEX former_passwords_expiry on former_passwords (expires_at);
CREATE INDEX token_families_account on token_families (account_id, generation, expires_at);
