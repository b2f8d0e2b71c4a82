# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the scenarios with zoned disks share, on top of the harness's library.

# shellcheck source=tests/functional/data/lib.sh
. "$DMC_TESTS/functional/data/lib.sh"

zone=8192		# sectors of a zone, 4 MiB

# zoned_disk MB [attr=value ...]: a host-managed disk with such zones.
zoned_disk() { disk_new "$1" zoned=1 zone_size=4 "${@:2}"; }

# queue DEV ATTR...: values, in one line.
queue() {
	local dir a
	dir=/sys/block/$(kname "$1")/queue
	shift
	for a in "$@"; do
		cat "$dir/$a" 2> /dev/null || echo -
	done | paste -sd' '
}

# zones DEV [FIRST COUNT]: "NUMBER capacity written condition type", a line each.
zones() {
	blkzone report -o $((${2:-0} * zone)) ${3:+-c $3} "$1" |
	sed -nE 's/^ *start: (0x[0-9a-f]+), len 0x002000, cap (0x[0-9a-f]+), wptr (0x[0-9a-f]+) .*zcond: *[0-9]+\((..)\) \[type: ([0-9]).*/\1 \2 \3 \4 \5/p' |
	while read -r start rest; do
		echo "$((start / zone)) $rest"
	done
}

# moved BY: the lines of zones, with other numbers.
moved() { awk -v by="$1" '{ $1 += by; print }'; }

# zone_fill DEV ZONE KIB [GEN]: from the start of a zone, stamped as of that place.
zone_fill() { "$dmio" fill "$1" $(($2 * zone)) $(($3 * 2)) gen="${4:-1}"; }

key=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
# crypt FIRST COUNT DISK ZONE: a line of a table, in zones.
crypt() {
	echo "$(($1 * zone)) $(($2 * zone)) crypt aes-xts-plain64 $key $(($1 * zone)) $3 $(($4 * zone))"
}

# linear FIRST COUNT DISK ZONE: the same.
linear() { echo "$(($1 * zone)) $(($2 * zone)) linear $3 $(($4 * zone))"; }
