alter table enrollments
  -- SHA-256 of the public key, hexadecimal: a certificate that was renewed with the same key needs no Authenticate. Null: not known yet.
  add column certificate_key   text,
  -- When the certificate expires; its Mac cannot connect afterwards.
  add column certificate_until instant;
create index certificates_to_renew on enrollments (certificate_until) where state = 'enrolled';
