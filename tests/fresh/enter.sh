#!/usr/bin/env bash
# Called by run.sh in name spaces of its own: makes ROOT the root of this process, with the kernel's file systems, and runs
# inside.sh there. enter.sh ROOT PACKAGES WORDS...
set -eu
root=$1 packages=$2
shift 2
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount -t tmpfs -o ro tmpfs "$root/sys/fs/cgroup" # as in most containers: nobody may count on control groups
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
mount --bind "$packages" "$root/var/cache/apt/archives"
mkdir -p "$root/host"
cd "$root"
pivot_root . host # not chroot: from within one, no user name space can be made
exec /bin/bash -c 'umount -l /host && exec /bin/bash /inside.sh "$@"' inside "$@"
