-- Which secret a webhook's signatures are made with, counted from 0, and until when the one before it signs beside it.
alter table targets add column secret_number integer not null default 0;
alter table targets add column previous_secret_until text;
