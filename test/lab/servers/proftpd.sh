# ProFTPD 1.3.8: everything a server can offer (MLSD, HASH and X*, MFMT, MODE Z, SITE UTIME).
# Variants: tls, explicit, required, data must resume the control session; implicit, the same from the first byte;
# tls-opt, nothing is required, and CCC and PROT C are taken; hosts, two virtual hosts that HOST chooses from.
. ./proftpd-base.sh

configure() {
  make_home
  auth_files $LAB_ID
  local type=inetd
  [ "$VARIANT" != hosts ] || type=standalone
  { proftpd_base $type mod_deflate mod_digest mod_site_misc mod_copy
    printf 'DefaultRoot ~\nDeflateEngine on\nDigestEngine on\n'
    case $VARIANT in
      tls) proftpd_tls 'TLSRequired on' ;;
      implicit) proftpd_tls 'TLSRequired on' 'TLSOptions UseImplicitSSL' ;;
      tls-opt) proftpd_tls 'TLSRequired off' 'TLSOptions NoSessionReuseRequired' ;;
      hosts) virtual_hosts ;;
    esac
    printf '%s\n' "$EXTRA"
  } >"$DIR/proftpd.conf"
}

virtual_hosts() { # ftp.one.test and ftp.two.test, each with a tree of its own
  local name
  for name in one two; do
    mkdir -p "$DIR/$name"
    echo "$name" >"$DIR/$name/which.txt"
    cat <<CONF
<VirtualHost $HOST>
  Port $PORT
  ServerName "$name"
  ServerAlias ftp.$name.test
  AuthUserFile $DIR/passwd
  AuthGroupFile $DIR/group
  AuthOrder mod_auth_file.c
  RequireValidShell off
  DefaultRoot $DIR/$name
</VirtualHost>
CONF
  done
}

# No TLSSessionCache: with one, ProFTPD 1.3.8 crashes after some 200 TLS 1.3 data connections.
proftpd_tls() { # proftpd_tls LINE...
  make_certificate
  cat <<CONF
LoadModule mod_tls.c
TLSEngine on
TLSLog $DIR/tls.log
TLSProtocol TLSv1.2 TLSv1.3
TLSRSACertificateFile $DIR/cert.pem
TLSRSACertificateKeyFile $DIR/key.pem
TLSRenegotiate none
CONF
  # of two lines the first would count
  case $EXTRA in *TLSVerifyClient*) ;; *) echo 'TLSVerifyClient off' ;; esac
  printf '%s\n' "$@"
}

# One process a session behind socat: a standalone ProFTPD sleeps up to 0.4 s after the end of each session before it
# takes the next connection. HOST finds no virtual hosts that way.
serve() {
  [ "$VARIANT" != hosts ] || exec "$PROGRAM" -n -q -c "$DIR/proftpd.conf"
  exec socat "TCP-LISTEN:$PORT,bind=$HOST,reuseaddr,fork,backlog=64" "EXEC:$PROGRAM -q -c $DIR/proftpd.conf,nofork"
}
