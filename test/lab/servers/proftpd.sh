# ProFTPD 1.3.8: everything a server can offer (MLSD, HASH and X*, MFMT, MODE Z, SITE UTIME).
# Variant tls: explicit, required, data must resume the control session.
. ./proftpd-base.sh

configure() {
  make_home
  auth_files $LAB_ID
  { proftpd_base inetd mod_deflate mod_digest mod_site_misc mod_copy
    printf 'DefaultRoot ~\nDeflateEngine on\nDigestEngine on\n'
    [ "$VARIANT" != tls ] || proftpd_tls
    printf '%s\n' "$EXTRA"
  } >"$DIR/proftpd.conf"
}

# No TLSSessionCache: with one, ProFTPD 1.3.8 crashes after some 200 TLS 1.3 data connections.
proftpd_tls() {
  make_certificate
  cat <<CONF
LoadModule mod_tls.c
TLSEngine on
TLSRequired on
TLSLog $DIR/tls.log
TLSProtocol TLSv1.2 TLSv1.3
TLSRSACertificateFile $DIR/cert.pem
TLSRSACertificateKeyFile $DIR/key.pem
TLSVerifyClient off
TLSRenegotiate none
CONF
}

# One process a session behind socat: a standalone ProFTPD sleeps up to 0.4 s after the end of each session before it
# takes the next connection.
serve() {
  exec socat "TCP-LISTEN:$PORT,bind=$HOST,reuseaddr,fork,backlog=64" "EXEC:$PROGRAM -q -c $DIR/proftpd.conf,nofork"
}
