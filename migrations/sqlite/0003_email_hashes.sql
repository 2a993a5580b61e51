-- Hashes of the e-mail in lower case, which other applications ask for its picture by. Null unless the person wants to
-- be found so and the account is active: whoever hides is then missed in the index just like nobody.
alter table accounts add column email_md5 blob;
alter table accounts add column email_sha256 blob;
create index accounts_email_md5 on accounts (email_md5) where email_md5 is not null;
create index accounts_email_sha256 on accounts (email_sha256) where email_sha256 is not null;
