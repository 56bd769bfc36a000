# Sets the service up as docs/how-to/deploy-with-systemd.md says, and has systemd become the first process.
set -eu
units=/etc/systemd/system
cp /out/deploy/systemd/callboard.service "$units"
mkdir -p /etc/callboard "$units/callboard.service.d"
install -m 0600 /out/token /etc/callboard/token
cat >"$units/callboard.service.d/token.conf" <<'UNIT'
[Service]
LoadCredential=token:/etc/callboard/token
Environment=CALLBOARD_TOKEN_FILE=%d/token CALLBOARD_BIND=0.0.0.0
UNIT
# Of the tests only: what it says is kept, for want of a journal.
cat >"$units/callboard.service.d/log.conf" <<'UNIT'
[Service]
StandardOutput=append:/out/callboard.log
StandardError=append:/out/callboard.log
UNIT
cat >"$units/looking.service" <<'UNIT'
[Unit]
DefaultDependencies=no
[Service]
Type=oneshot
TimeoutStartSec=200
ExecStart=/bin/sh -c 'exec /opt/callboard/bin/python -I /out/under_systemd.py $(echo /opt/callboard/lib/*/site-packages/client/samples/mini)'
ExecStopPost=/bin/systemctl exit 0
StandardOutput=append:/out/looking.log
StandardError=append:/out/looking.log
UNIT
cat >"$units/looking.target" <<'UNIT'
[Unit]
Wants=looking.service
UNIT
export container=callboard-test
exec /lib/systemd/systemd --system --unit=looking.target --show-status=no
