#!/bin/sh
# Turns a freshly installed Debian (the directory $1) into an image for clones: generalised as Debian's cloud images are,
# with a seed as the only source of cloud-init, and with a unit that says on the serial line who the guest is.
set -e
beside=$(dirname "$0")
: >"$1/etc/machine-id"
echo localhost >"$1/etc/hostname"
rm -f "$1"/etc/ssh/ssh_host_*
echo 'datasource_list: [NoCloud, None]' >"$1/etc/cloud/cloud.cfg.d/90_lab.cfg"
install -m 755 "$beside/debianReady.sh" "$1/usr/local/sbin/guest-ready"
cat >"$1/etc/systemd/system/guest-ready.service" <<'UNIT'
[Unit]
Description=Who this guest is, on its serial line
After=cloud-final.service ssh.service

[Service]
ExecStart=/usr/local/sbin/guest-ready

[Install]
WantedBy=cloud-init.target
UNIT
chroot "$1" systemctl enable guest-ready.service systemd-networkd.service
