-- Whose the pictures were that others have taken the place of: their addresses lead to what their owner has now, for a while.
create table former_pictures (
    picture_key text primary key not null,
    account_id blob not null references accounts (id) on delete cascade,
    replaced_at text not null
);
create index former_pictures_account on former_pictures (account_id, replaced_at);
create index former_pictures_replaced on former_pictures (replaced_at);
