-- Sign-ups whose address is not confirmed yet: no accounts, and no name is kept from others by them.
create table pending_sign_ups (
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
);
create index pending_sign_ups_email on pending_sign_ups (email_key);
create index pending_sign_ups_expiry on pending_sign_ups (expires_at);
