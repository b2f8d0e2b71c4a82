# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The life of a file system on a mapped device, for each kind of one: made, mounted,
# used by several processes, while its table is replaced by others that map each sector
# to the same place, suspended, trimmed and grown; then checked, mounted once more, and
# compared byte by byte. The kind gives fs_make DEVICE, fs_grow DEVICE MOUNT and
# fs_check DEVICE.

# shellcheck source=tests/functional/data/lib.sh
. "$DMC_TESTS/functional/data/lib.sh"

up=/dev/mapper/fs
mnt=$PWD/mnt
chunk=128		# sectors
size=$((48 * 2048))	# sectors, at first
more=$((24 * 2048))	# and when it has grown

# segments SECTORS DISK OFFSET...: rows of chunks on the disks in turn, as linear targets.
segments() {
	local sectors=$1
	shift
	awk -v sectors="$sectors" -v chunk=$chunk -v disks="$*" 'BEGIN {
		n = split(disks, d, " ") / 2
		for (i = 0; i * chunk < sectors; i++)
			printf "%d %d linear %s %d\n", i * chunk, chunk, d[i % n * 2 + 1],
				d[i % n * 2 + 2] + int(i / n) * chunk
	}'
}

# Works on files in a folder of its own until told to end: writes, appends, links,
# renames, truncates, removes; every other file is synced. A round is a line in "done".
fs_worker() {
	local dir=$mnt/$1 i=0 k

	mkdir -p "$dir/deep/er"
	while [ ! -e stop ]; do
		i=$((i + 1)) k=$((i % 7))
		printf '%s\n' {1..3000} "$1 $i" > "$dir/file.$k" || break
		# many blanks
		printf "%$((i % 5 * 30000 + 1))d\n" "$i" >> "$dir/file.$k" || break
		((i % 2)) || sync "$dir/file.$k" || break
		mv "$dir/file.$k" "$dir/deep/er/file.$k" || break
		ln -f "$dir/deep/er/file.$k" "$dir/link.$k" || break
		((i % 3)) || truncate -s $((i * 1000 % 70000)) "$dir/deep/er/file.$k" || break
		((i % 4)) || rm "$dir/link.$k" || break
		echo $i > "done.$1"
	done
	[ -e stop ] && echo "ended after $i" > "end.$1"
}
fs_rounds() { cat done.? 2> /dev/null | awk '{ n += $1 } END { print n + 0 }'; }
fs_passed() { [ "$(fs_rounds)" -ge "$1" ]; }
# fs_more N: until the workers have done N more rounds
fs_more() { wait_for 60 fs_passed $(($(fs_rounds) + $1)); }

fs_sums() { (cd "$mnt" && find . -type f -print0 | sort -z | xargs -0 sha256sum); }
fs_blocks() { stat -f -c %b "$mnt"; }

# fs_life WHAT GROWN-DISK TABLE...: the tables are all the same device.
fs_life() {
	local what=$1 extra=$2 i table before pids=()
	shift 2
	local tables=("$@")
	rm -f stop done.? end.?
	dmsetup create fs <<< "$1"
	cmd_ok "$what: mkfs" fs_make $up
	mkdir -p "$mnt"
	cmd_ok "$what: mount" mount $up "$mnt"
	for i in 1 2 3; do
		fs_worker $i &
		pids+=($!)
	done
	fs_more 3

	for table in "${tables[@]:1}" "$1"; do
		dmsetup load fs <<< "$table"
		dmsetup suspend fs
		dmsetup resume fs
		fs_more 2
		ok $? "$what: goes on with the table replaced"
	done
	dmsetup suspend --noflush --nolockfs fs
	dmsetup resume fs
	dmsetup suspend fs
	before=$(fs_rounds)
	is "$(suspended $up)" 1 "$what: suspended"
	dmsetup resume fs
	fs_passed_since $((before + 2))
	ok $? "$what: resumed, it goes on"
	cmd_ok "$what: fstrim" fstrim "$mnt"

	before=$(fs_blocks)
	dmsetup load fs <<< "$1
$size $more linear $extra 0"
	dmsetup suspend fs
	dmsetup resume fs
	cmd_ok "$what: grown" fs_grow $up "$mnt"
	[ "$(fs_blocks)" -gt $((before + before / 5)) ]
	ok $? "$what: from $before blocks to $(fs_blocks)"
	fs_more 2
	# into the new part too
	dd if=/dev/zero of="$mnt/large" bs=1M count=$(((size + more) / 2048 - 30)) 2> /dev/null
	dd if=/dev/urandom of="$mnt/random" bs=64k count=8 conv=fsync 2> /dev/null
	rm "$mnt/large"

	: > stop
	wait "${pids[@]}"
	is "$(cat end.? | grep -c ended)" 3 "$what: the processes came to their end"
	fs_sums > sums.before
	[ "$(wc -l < sums.before)" -ge 10 ]
	ok $? "$what: $(wc -l < sums.before) files"
	cmd_ok "$what: unmount" umount "$mnt"
	cmd_ok "$what: checked" fs_check $up
	dmsetup remove fs

	# made anew from other targets, on the same disks
	dmsetup create fs <<< "${tables[-1]}
$size $more linear $extra 0"
	cmd_ok "$what: mounted again" mount $up "$mnt"
	fs_sums > sums.after
	is "$(diff sums.before sums.after)" "" "$what: every file is as it was"
	umount "$mnt"
	cmd_ok "$what: checked again" fs_check $up
	dmsetup remove fs
}
fs_passed_since() { wait_for 60 fs_passed "$1"; }

# On linear, striped, and a linear device on a striped and a linear one.
fs_lives() {
	local a b c half=$((size / 2))
	a=$(disk_new 80 discard=1) b=$(disk_new 80 discard=1) c=$(disk_new 80 discard=1)
	[ -n "$c" ] || bail "no disks"

	# the whole of it on one kernel, for it takes long
	if [ "$DMC_KERNEL" = 6.1 ]; then
		fs_life linear "$b" "0 $size linear $a 2048" \
			"0 1000 linear $a 2048
1000 $((size - 1000)) linear $a 3048"
		fs_life striped "$c" "0 $size striped 2 $chunk $a 0 $b 0" \
			"$(segments $size "$a" 0 "$b" 0)"
	fi
	dmsetup create low1 --table "0 $half striped 2 $chunk $a 0 $b 0"
	dmsetup create low2 --table "0 $size linear $c 8"
	fs_life stacked "/dev/mapper/low2" "0 $half linear /dev/mapper/low1 0
$half $half linear /dev/mapper/low2 $more" \
		"0 $half linear /dev/mapper/low1 0
$half 8 linear /dev/mapper/low2 $more
$((half + 8)) $((half - 8)) linear /dev/mapper/low2 $((more + 8))"
	dmsetup remove low1 low2
	for a in "$a" "$b" "$c"; do
		disk_free "$a"
	done
}
