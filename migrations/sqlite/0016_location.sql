-- Where a person is, in their own words. With a default, so that replicas of an older release, which do not know the column,
-- can open accounts meanwhile.
alter table accounts add column location text not null default '';
