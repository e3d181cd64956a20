# vsftpd 3: the strictest parser; no MLSD, no HASH. Variant tls: explicit, required, data must resume the control session;
# implicit: the same from the first byte.
configure() {
  make_home
  mkdir -p "$DIR/empty" "$DIR/anonymous"
  echo anonymous >"$DIR/anonymous/readme.txt"
  cat >"$DIR/vsftpd.conf" <<CONF
listen=YES
listen_address=$HOST
listen_port=$PORT
background=NO
anonymous_enable=YES
anon_root=$DIR/anonymous
ftp_username=nobody
nopriv_user=nobody
local_enable=YES
write_enable=YES
local_umask=022
chroot_local_user=YES
allow_writeable_chroot=YES
secure_chroot_dir=$DIR/empty
pam_service_name=lab
pasv_min_port=$PASSIVE_LOW
pasv_max_port=$PASSIVE_HIGH
connect_from_port_20=NO
mdtm_write=YES
ls_recurse_enable=YES
async_abor_enable=YES
utf8_filesystem=YES
seccomp_sandbox=NO
xferlog_enable=YES
log_ftp_protocol=YES
vsftpd_log_file=$DIR/server.log
CONF
  [ -z "$VARIANT" ] || vsftpd_tls >>"$DIR/vsftpd.conf"
  [ "$VARIANT" != implicit ] || echo implicit_ssl=YES >>"$DIR/vsftpd.conf"
  printf '%s\n' "$EXTRA" >>"$DIR/vsftpd.conf"
}

vsftpd_tls() {
  make_certificate
  cat <<CONF
ssl_enable=YES
rsa_cert_file=$DIR/server.pem
rsa_private_key_file=$DIR/server.pem
ssl_tlsv1=YES
ssl_ciphers=HIGH
require_ssl_reuse=YES
force_local_logins_ssl=YES
force_local_data_ssl=YES
allow_anon_ssl=YES
strict_ssl_read_eof=YES
strict_ssl_write_shutdown=YES
CONF
}

# what it dislikes about its configuration goes to file descriptor 0, the client it would have
serve() { exec "$PROGRAM" "$DIR/vsftpd.conf" 0>>"$DIR/output.log"; }
