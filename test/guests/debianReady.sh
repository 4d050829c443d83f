#!/bin/sh
# Says on the serial line of a Debian guest who it is, once cloud-init has done its work.
key=$(cut -d ' ' -f 2 /etc/ssh/ssh_host_ed25519_key.pub)
address=$(ip -o -6 addr show scope link | awk '{ print $4; exit }')
disk=$(($(df -k --output=size / | tail -n 1) / 1024))
users=$(awk -F: '$3 >= 1000 && $3 < 60000 { print $1 }' /etc/passwd | paste -sd ,)
keys=$(cat /home/*/.ssh/authorized_keys 2>/dev/null | grep -c '^ssh-')
line="DEBIAN GUEST READY hostname=$(hostname) machine-id=$(cat /etc/machine-id) host-key=$key address=$address"
line="$line disk=${disk}MiB users=$users keys=$keys cloud-init=$(cloud-id 2>/dev/null)"
while true; do
  echo "$line" >/dev/ttyS0
  sleep 5
done
