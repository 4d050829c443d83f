#!/bin/sh
# The guest's only program: process 1 of the guest image that guestImage.ts builds, run by busybox.
# Counts its starts on the data partition and keeps random data there, which the first start writes and each later one
# finds again or not (data=ok, data=lost); says READY on the serial line again and again, gives a shell to who
# presses Enter there and to who sits at its screen, and switches off when the power button is pressed.
export PATH=/bin HOME=/root TERM=linux
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
for module in /modules/*.ko; do insmod "$module"; done

tries=0
while [ ! -b /dev/vda2 ] && [ $tries -lt 50 ]; do usleep 100000; tries=$((tries + 1)); done
if mount -t ext4 /dev/vda2 /data; then
  boots=$(($(cat /data/boots) + 1))
  echo $boots >/data/boots
  if [ "$boots" -eq 1 ]; then
    dd if=/dev/urandom of=/data/random bs=64k count=8 2>/dev/null
    md5sum /data/random >/data/random.md5
    sync
    echo 3 >/proc/sys/vm/drop_caches
  fi
  data=lost
  if md5sum -c /data/random.md5 >/dev/null 2>&1; then data=ok; fi
  sync
  line="LAB GUEST READY boots=$boots uuid=$(cat /sys/class/dmi/id/product_uuid)"
  line="$line disk=$(($(cat /sys/block/vda/size) / 2048))MiB"
  line="$line memory=$(awk '/MemTotal/ { print int($2 / 1024) }' /proc/meminfo)MiB kernel=$(uname -r) data=$data"
else
  line="LAB GUEST WITHOUT DATA: /dev/vda2 cannot be mounted"
fi
acpid -d >/dev/null 2>&1 &
if [ -c /dev/tty1 ]; then
  while true; do setsid sh -c 'exec sh </dev/tty1 >/dev/tty1 2>&1'; sleep 1; done &
fi

while true; do
  echo "$line (press Enter for a shell)"
  if read -r -t 2 _; then setsid cttyhack sh; fi
done
