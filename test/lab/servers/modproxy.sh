# ProFTPD with mod_proxy as a forward FTP proxy. VARIANT is the login it expects: user@host, with a login to the proxy
# first proxyuser,user@host or proxyuser@host,user, or by the name in the TLS handshake user@sni. Behind it +front for TLS
# with the client, required, and +back for TLS with the server (EXTRA names its issuer: ProxyTLSCACertificateFile).
. ./proftpd-base.sh

configure() {
  auth_files 65534
  case $VARIANT in *+front*) make_certificate ;; esac
  mkdir -p "$DIR/run/proxy"
  { proftpd_base standalone mod_tls mod_proxy # mod_tls brings the OpenSSL that mod_proxy needs
    cat <<CONF
# loopback is not RFC 1918: without this class every client is refused
<Class lab>
  From 127.0.0.0/8
  ProxyForwardEnabled on
</Class>
CapabilitiesEngine off
ProxyEngine on
ProxyRole forward
ProxyForwardMethod ${VARIANT%%+*}
ProxyTables $DIR/run/proxy
ProxyLog $DIR/proxy.log
ProxyTimeoutConnect 5
ProxyRetryCount 1
ProxyDataTransferPolicy client
$(modproxy_tls)
$EXTRA
CONF
  } >"$DIR/proftpd.conf"
  chown -R nobody:nogroup "$DIR"
}

modproxy_tls() {
  case $VARIANT in
    *+back*) printf 'ProxyTLSEngine on\nProxyTLSVerifyServer on\n' ;;
    *) echo 'ProxyTLSEngine off' ;;
  esac
  case $VARIANT in *+front*) ;; *) return ;; esac
  cat <<CONF
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

# Standalone: when several processes open mod_proxy's tables at once (ServerType inetd), some sessions die.
# Not as root: the two methods with a login to the proxy have given up their rights before mod_proxy wants to chroot,
# and the client would see the connection close.
serve() {
  exec setpriv --reuid nobody --regid nogroup --clear-groups "$PROGRAM" -n -q -c "$DIR/proftpd.conf"
}
