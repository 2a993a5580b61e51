-- The passkey that was made at the sign-up in place of a password, as JSON; password_hash is empty then.
alter table pending_sign_ups add column passkey text;

-- Whether it was made at a sign-up whose address nobody has confirmed since: whoever reads its mail may put a password in
-- its place.
alter table passkeys add column unconfirmed boolean not null default false;
