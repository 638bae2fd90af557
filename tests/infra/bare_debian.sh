#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The proof that ./quickstart needs nothing but Debian 12: makes a minimal one in a temporary folder, clones the last
# commit into it, and runs ./quickstart and ./quickstart test there. Root, about 4 GB of disk, half an hour; so
# it is run by hand, before a release.
#
#   tests/infra/bare_debian.sh [--keep] [quickstart | test]     default: both, one after the other
#
# The mirror is this machine's own (its apt sources); nothing else of the machine is visible inside but /proc and
# /sys.
set -euo pipefail

fail() {
  echo "bare_debian.sh: $1" >&2
  exit "${2:-3}"
}

keep=false
runs=()
for argument in "$@"; do
  case $argument in
    --keep) keep=true ;;
    quickstart | test) runs+=("$argument") ;;
    *) fail "unknown argument '$argument'" 2 ;;
  esac
done
((${#runs[@]} > 0)) || runs=(quickstart test)
((EUID == 0)) || fail "must be root, for debootstrap and chroot"
command -v debootstrap >/dev/null || fail "no debootstrap; apt-get install debootstrap"

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
root=$(mktemp -d "${TMPDIR:-/var/tmp}/gridlock-debian.XXXXXX")
chmod 755 "$root"  # apt fetches as a user of its own
mounted=()

clean_up() {
  local code=$? at
  for ((at = ${#mounted[@]} - 1; at >= 0; at--)); do
    umount "${mounted[at]}" || umount --lazy "${mounted[at]}"
  done
  # Never remove below a mount that would not go: they are the kernel's, not ours.
  if grep -q " $root/" /proc/mounts; then
    echo "bare_debian.sh: still mounted, left in place: $root" >&2
  elif $keep; then
    echo "bare_debian.sh: kept $root"
  else
    rm -rf --one-file-system "$root"
  fi
  exit "$code"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

mount_inside() {  # mount_inside PATH MOUNT-ARGUMENTS...
  local path=$root$1
  shift
  mkdir -p "$path"
  mount "$@" "$path"
  mounted+=("$path")
}

# The mirror of bookworm itself, as apt on this machine fetches it.
# shellcheck disable=SC2016  # apt's own variables
mirror=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' | awk '$1 == "bookworm" {print $2; exit}')
[[ -n $mirror ]] || fail "no bookworm in this machine's apt sources"

echo "== a minimal Debian 12 in $root"
debootstrap --variant=minbase bookworm "$root" "$mirror" >"$root.log" 2>&1 || { tail -5 "$root.log" >&2; fail "debootstrap failed"; }
rm -f "$root.log"
rm -f "$root/etc/apt/sources.list"
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources} /etc/apt/keyrings/* /etc/apt/apt.conf.d/*; do
  [[ -f $file ]] || continue
  [[ $file != */apt.conf.d/* ]] || grep -q '^Acquire' "$file" || continue  # how to fetch, but no hooks
  cp "$file" "$root$file"
done
cp /etc/resolv.conf /etc/hosts "$root/etc/"
mount_inside /proc -t proc proc
mount_inside /sys -t sysfs -o ro sysfs
mount_inside /dev -t tmpfs -o mode=755 tmpfs
for node in null:3 zero:5 full:7 random:8 urandom:9; do
  mknod -m 666 "$root/dev/${node%:*}" c 1 "${node#*:}"
done
ln -s /proc/self/fd "$root/dev/fd"
mount_inside /dev/shm -t tmpfs tmpfs

git clone -q --no-hardlinks "$project" "$root/gridlock"
for run in "${runs[@]}"; do
  echo "== ./quickstart ${run#quickstart}"
  start=$SECONDS
  code=0
  chroot "$root" /usr/bin/env -i HOME=/root TERM=dumb LANG=C.UTF-8 \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    bash -c "cd /gridlock && ./quickstart ${run#quickstart}" || code=$?
  echo "== ./quickstart ${run#quickstart}: exit code $code after $((SECONDS - start)) s"
  ((code == 0)) || exit "$code"
  [[ -s $root/gridlock/report/index.html ]] || fail "no report/index.html inside" 1
done
