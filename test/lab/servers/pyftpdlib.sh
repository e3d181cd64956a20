# pyftpdlib: the only one with REIN, and the one that says 125 instead of 150. Variant tls: explicit, required.
configure() {
  make_home
  [ "$VARIANT" != tls ] || make_certificate
}

# Debian's python: another one on the PATH does not see Debian's modules
serve() {
  export PASSIVE_LOW PASSIVE_HIGH VARIANT
  exec /usr/bin/python3 ./pyftpd.py
}
