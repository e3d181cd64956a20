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
  case $EXTRA in *ssh-rsa*) # an old server has no other key
    ssh-keygen -q -t rsa -b 2048 -N '' -f "$DIR/host_rsa"
    EXTRA="HostKey $DIR/host_rsa
$EXTRA" ;;
  esac
  # sshd keeps the first value that it reads.
  local settings='UsePAM no
KbdInteractiveAuthentication no'
  case $EXTRA in *'UsePAM yes'*) settings= && cp "$DIR/etc/pam.d/lab" "$DIR/etc/pam.d/sshd" ;; esac
  cat >"$DIR/sshd_config" <<CONF
ListenAddress $HOST:$PORT
HostKey $DIR/host_key
PidFile none
AuthorizedKeysFile $DIR/authorized_keys
StrictModes no
$settings
UseDNS no
PasswordAuthentication yes
PermitRootLogin no
AllowTcpForwarding yes
Subsystem sftp $sftp
$EXTRA
CONF
}

serve() { exec "$PROGRAM" -D -e -f "$DIR/sshd_config"; }
