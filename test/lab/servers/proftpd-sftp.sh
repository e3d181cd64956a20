# ProFTPD's mod_sftp: SFTP of another make, up to version 6. Key login with $DIR/id; its RSA keys would have to be PEM.
. ./proftpd-base.sh

configure() {
  make_home
  auth_files $LAB_ID
  ssh-keygen -q -t ed25519 -N '' -f "$DIR/host_key"
  ssh-keygen -q -t ed25519 -N '' -C lab -f "$DIR/id"
  ssh-keygen -e -m RFC4716 -f "$DIR/id.pub" >"$DIR/authorized_keys"
  chmod 644 "$DIR/authorized_keys"
  { proftpd_base standalone mod_sftp
    cat <<CONF
DefaultRoot ~
SFTPEngine on
SFTPLog $DIR/sftp.log
SFTPHostKey $DIR/host_key
SFTPAuthorizedUserKeys file:$DIR/authorized_keys
SFTPAuthMethods publickey password
$EXTRA
CONF
  } >"$DIR/proftpd.conf"
}

serve() { exec "$PROGRAM" -n -q -c "$DIR/proftpd.conf"; }
