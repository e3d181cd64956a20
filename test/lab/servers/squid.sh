# Squid. PORT: FTP proxy (USER user@host[:port]); PORT+1: HTTP proxy; PORT+2: HTTP proxy with Basic authentication.
configure() {
  mount -t tmpfs tmpfs /dev/shm # its shared memory would outlive it there
  printf '%s:%s\n' "$LAB_PROXY_USER" "$(openssl passwd -apr1 "$LAB_PROXY_PASSWORD")" >"$DIR/users"
  cat >"$DIR/squid.conf" <<CONF
ftp_port $HOST:$PORT name=ftp
http_port $HOST:$((PORT + 1)) name=open
http_port $HOST:$((PORT + 2)) name=login
auth_param basic program /usr/lib/squid/basic_ncsa_auth $DIR/users
auth_param basic realm lab
auth_param basic children 2
acl loginport myportname login
acl known proxy_auth REQUIRED
http_access deny loginport !known
http_access allow localhost
http_access deny all
cache deny all
cache_mem 8 MB
ftp_passive on
ftp_epsv on
ftp_sanitycheck off
pid_filename none
access_log stdio:$DIR/server.log
cache_log $DIR/cache.log
cache_store_log none
coredump_dir $DIR
visible_hostname lab.squid
cache_effective_user proxy
shutdown_lifetime 0 seconds
dns_nameservers 127.0.0.1
hosts_file /etc/hosts
netdb_filename none
pinger_enable off
$EXTRA
CONF
  chown -R proxy:proxy "$DIR"
}

serve() { exec "$PROGRAM" -N -n "lab$PORT" -f "$DIR/squid.conf"; }
