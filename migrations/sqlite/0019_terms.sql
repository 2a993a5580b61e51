-- Which version of the host application's terms of use the person of an account agreed to, and when. Null for those who were
-- not asked.
alter table accounts add column terms_version text;
alter table accounts add column terms_at text;
