#!/bin/sh
# Process 1 of the Debian guest's first root file system: loads what its kernel needs and goes on to the disk.
export PATH=/bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
for module in /modules/*.ko; do insmod "$module"; done
tries=0
while [ ! -b /dev/vda2 ] && [ $tries -lt 50 ]; do usleep 100000; tries=$((tries + 1)); done
mount -t ext4 /dev/vda2 /disk
umount /proc /sys
mount --move /dev /disk/dev
exec switch_root /disk /sbin/init
