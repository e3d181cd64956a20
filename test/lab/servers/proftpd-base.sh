# What ProFTPD as a server and ProFTPD as a proxy have in common.

proftpd_base() { # proftpd_base SERVERTYPE MODULE...: prints the configuration
  local type=$1 module
  shift
  mkdir -p "$DIR/run"
  echo 'ModulePath /usr/lib/proftpd'
  for module in "$@"; do echo "LoadModule $module.c"; done
  cat <<CONF
ServerType $type
ServerName "lab"
ServerIdent on "lab proftpd"
DefaultAddress $HOST
Port $PORT
UseIPv6 off
UseReverseDNS off
User nobody
Group nogroup
PidFile $DIR/run/pid
ScoreboardFile $DIR/run/scoreboard
DelayEngine off
WtmpLog off
AuthPAM off
AuthOrder mod_auth_file.c
AuthUserFile $DIR/passwd
AuthGroupFile $DIR/group
RequireValidShell off
AllowStoreRestart on
AllowRetrieveRestart on
Umask 022
TimesGMT on
PassivePorts $PASSIVE_LOW $PASSIVE_HIGH
SystemLog $DIR/system.log
TransferLog none
LogFormat command "%r -> %s"
ExtendedLog $DIR/server.log ALL command
<IfModule mod_ctrls.c>
  ControlsEngine off
  ControlsSocket $DIR/run/ctrls.sock
</IfModule>
<Directory />
  AllowOverwrite on
</Directory>
CONF
}
