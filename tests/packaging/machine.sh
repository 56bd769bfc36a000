# A machine of its own, in namespaces: sh machine.sh FOLDER PYTHON LIBRARIES PROGRAM [ARGUMENT...]
#
# It has this one's files, and what is written to them is gone with it. In FOLDER, `opt` is what becomes /opt/callboard
# there and `out` is what becomes /out. PYTHON is where the interpreter is installed, and LIBRARIES the folder with what
# the server imports. PROGRAM is its first process. Run by `unshare` (see machine.py).
set -eu
folder=$1 python=$2 libraries=$3
shift 3

mount --make-rprivate /
mkdir -p "$folder/m"
mount -t tmpfs tmpfs "$folder/m"
mkdir "$folder/m/up" "$folder/m/work" "$folder/m/root"
root=$folder/m/root
mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/m/up,workdir=$folder/m/work" "$root"

mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
for place in run tmp dev; do mount -t tmpfs -o mode=0755 tmpfs "$root/$place"; done
chmod 1777 "$root/tmp"
for device in null zero full random urandom tty; do
    : >"$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/shm" "$root/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"

mkdir -p "$root/opt/callboard" "$root/opt/python" "$root/opt/libraries" "$root/out"
mount --bind "$folder/opt" "$root/opt/callboard"
mount --bind "$python" "$root/opt/python"
mount --bind "$libraries" "$root/opt/libraries"
mount --bind "$folder/out" "$root/out"
echo /opt/python/lib >"$root/etc/ld.so.conf.d/callboard-test.conf"
chroot "$root" ldconfig
echo 'callboard:x:10001:10001::/var/lib/callboard:/usr/sbin/nologin' >>"$root/etc/passwd"
echo 'callboard:x:10001:' >>"$root/etc/group"
ip link set lo up

cd "$root"
mkdir old
pivot_root . old
cd /
umount -l /old
# As on a machine that was booted: what systemd mounts for a service, it mounts elsewhere and hands on.
mount --make-rshared /
exec "$@"
