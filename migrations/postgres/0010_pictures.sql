-- Most accounts have no picture, and need no place in the index of pictures.
drop index accounts_picture_key;
create unique index accounts_picture_key on accounts (picture_key) where picture_key is not null;
