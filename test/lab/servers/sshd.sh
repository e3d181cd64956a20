# OpenSSH: SFTP version 3, password and key login ($DIR/id), forwarding on so that it can be a jump host.
# Variant ges: with Green End's sftp-server, versions 3 to 6.
configure() {
  local sftp=internal-sftp
  [ "$VARIANT" != ges ] || sftp=/usr/libexec/gesftpserver
  make_home
  mkdir -p /run/sshd
  ssh-keygen -q -t ed25519 -N '' -f "$DIR/host_key"
  ssh-keygen -q -t ed25519 -N '' -C lab -f "$DIR/id"
  cp "$DIR/id.pub" "$DIR/authorized_keys"
  chmod 644 "$DIR/authorized_keys"
  cat >"$DIR/sshd_config" <<CONF
ListenAddress $HOST:$PORT
HostKey $DIR/host_key
PidFile none
AuthorizedKeysFile $DIR/authorized_keys
StrictModes no
UsePAM no
UseDNS no
PasswordAuthentication yes
KbdInteractiveAuthentication no
PermitRootLogin no
AllowTcpForwarding yes
Subsystem sftp $sftp
$EXTRA
CONF
}

serve() { exec "$PROGRAM" -D -e -f "$DIR/sshd_config"; }
