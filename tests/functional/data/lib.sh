# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the data and file system scenarios share, on top of the harness's library:
# disks with chosen properties, devices from one-line tables, bios as seen on the
# way down, load in the background.

# shellcheck source=tests/vm/lib.sh
. "$DMC_TESTS/vm/lib.sh"

dmio=$DMC_BUILD/dmio
dmioload=$DMC_BUILD/dmioload
dmioring=$DMC_BUILD/dmioring

# dev NAME "TABLE; TABLE; ..." [dmsetup option ...]: create, with ';' between lines.
dev() {
	local name=$1 table=$2
	shift 2
	tr ';' '\n' <<< "$table" | sed 's/^ *//; /^$/d' | dmsetup create "$name" "$@"
}

# dev_load NAME TABLE [option ...]: only into the inactive slot.
dev_load() {
	local name=$1 table=$2
	shift 2
	tr ';' '\n' <<< "$table" | sed 's/^ *//; /^$/d' | dmsetup load "$name" "$@"
}

# dev_swap NAME TABLE [suspend option ...]: the whole of a replacement.
dev_swap() {
	local name=$1 table=$2
	shift 2
	dev_load "$name" "$table" && dmsetup suspend "$@" "$name" && dmsetup resume "$name"
}

# Whether a device is suspended, from sysfs: dmsetup's reports take a second here.
suspended() { cat "/sys/block/$(kname "$1")/dm/suspended"; }

# pieces TABLE: a line "UPPER COUNT DISK LOWER" for each contiguous piece of a table
# in which @N stands for disk N. Worked out from the documented formats alone.
pieces() {
	tr ';' '\n' <<< "$1" | awk '
	{ gsub(/@/, "") }
	$3 == "linear" { print $1, $2, $4, $5 }
	$3 == "striped" {
		for (at = 0; at < $2; at += $5) {
			nr = at / $5; stripe = nr % $4; row = (nr - stripe) / $4
			print $1 + at, $5, $(6 + 2 * stripe), $(7 + 2 * stripe) + row * $5
		}
	}'
}

# on_disks TABLE DISK...: the table with each @N replaced.
on_disks() {
	local table=$1 n=0 d
	shift
	for d; do
		table=${table//"@$n"/"$d"}
		n=$((n + 1))
	done
	echo "$table"
}

# The kernel's name of a device (dm-3, nullb0) and its MAJ:MIN.
devno() { stat -Lc '%Hr:%Lr' "$1"; }
kname() { basename "$(readlink "/sys/dev/block/$(devno "$1")")"; }
queue() { cat "/sys/block/$(kname "$1")/queue/$2"; }

# scsi_disk PARAM=VALUE...: a scsi_debug disk's path in $sd; scsi_end: it goes.
scsi_disk() {
	modprobe -a scsi_mod sd_mod
	modprobe scsi_debug delay=0 "$@" || bail "no scsi_debug"
	wait_for 30 scsi_there || bail "no SCSI disk"
}
scsi_there() {
	local block
	for block in /sys/bus/pseudo/drivers/scsi_debug/adapter*/host*/target*/*/block/*; do
		sd=/dev/${block##*/}
	done
	[ -b "$sd" ]
}
scsi_end() { wait_for 30 modprobe -r scsi_debug; }

# --- bios, seen where they enter a device ---------------------------------------
# trace_on DEVICE...: watch these devices. trace_run COMMAND...: runs the command and
# leaves, in the file "bios", one line for each bio that was submitted to one of them:
# "NAME OPERATION SECTOR+COUNT", as in "nullb0 WFS 128+8". The tracer stays on from
# one run to the next, for switching it takes seconds on an emulated machine.
trace=/sys/kernel/tracing
[ -e $trace/events/block ] || trace=/sys/kernel/debug/tracing
trace_names=
trace_on() {
	local filter='' d
	trace_names=
	for d; do
		trace_names+=";s/^$(stat -Lc '%Hr,%Lr' "$d") /$(kname "$d") /p"
		d=$(stat -Lc '%Hr %Lr' "$d")
		# The kernel's own packing of a device number: 12 and 20 bits.
		filter+="${filter:+ || }dev == $(((${d% *} << 20) | ${d#* }))"
	done
	# The processors' own clocks need not agree here: a counter orders the events.
	echo counter > $trace/trace_clock
	echo "$filter" > $trace/events/block/block_bio_queue/filter
	echo 1 > $trace/events/block/block_bio_queue/enable
}
trace_run() {
	local status mark=$$.$RANDOM$RANDOM
	echo "dmc begin $mark" > $trace/trace_marker
	"$@"
	status=$?
	echo "dmc end $mark" > $trace/trace_marker
	sed -n "/dmc begin $mark\$/,/dmc end $mark\$/{
		s/.*block_bio_queue: \([0-9,]* [A-Z]* [0-9]*\) + \([0-9]*\) \[.*/\1+\2/
		t name
		d
		:name
		${trace_names#;}
	}" $trace/trace > bios
	return $status
}
trace_end() {
	echo 0 > $trace/events/block/block_bio_queue/enable
	echo 0 > $trace/events/block/block_bio_queue/filter
	echo local > $trace/trace_clock
	echo > $trace/trace
}

# --- load in the background -----------------------------------------------------
# load_start DEVICE FIRST COUNT [dmioload option ...]; load_more N: wait until N more
# I/Os are done; load_stop: end it. That leaves in $load_said its exit status and its
# last line ("0 writes=N reads=N errors=N bad=N"), in $load_faults the same without the
# counts ("0 errors=0 bad=0"), and prints whatever else it had to say as notes.
load_start() {
	rm -f load.progress
	# Nice: what the scenario does meanwhile goes first.
	nice -n 19 "$dmioload" "$@" progress=load.progress > load.out 2>&1 &
	load_pid=$!
	wait_for 60 load_begun
}
load_begun() { [ -s load.progress ] || ! kill -0 "$load_pid" 2> /dev/null; }
# The load may be writing the file: only two equal numbers are one.
load_ops() {
	local again
	for (( ; ; )); do
		read -r load_done again < load.progress
		[ -z "$load_done" ] || [ "$load_done" != "$again" ] || break
	done
}
load_passed() { load_ops; [ "$load_done" -ge "$1" ] || ! kill -0 "$load_pid" 2> /dev/null; }
load_more() {
	load_ops
	wait_for 60 load_passed $((load_done + $1))
}
load_stop() {
	kill -TERM "$load_pid" 2> /dev/null
	wait "$load_pid"
	load_said="$? $(tail -n 1 load.out)"
	load_faults="${load_said%% *} errors=${load_said##*errors=}"
	sed '$d; s/^/# load: /' load.out
}

# --- stock against ours ---------------------------------------------------------
# For scenarios with "CORE: none".
core_unload() {
	local holder
	for holder in /sys/module/dm_mod/holders/*; do
		[ ! -e "$holder" ] || modprobe -r "${holder##*/}" 2> /dev/null
	done
	[ ! -d /sys/module/dm_mod ] || rmmod dm_mod
}

core_load() {
	local dep
	if [ "$1" = stock ]; then
		modprobe dm_mod
	else
		for dep in $(modinfo -F depends "$DMC_MODULE" | tr , ' '); do
			modprobe "$dep" || return
		done
		insmod "$DMC_MODULE"
	fi
}

# try CASE TABLE: the answer of dmsetup now, that of the kernel log from log_said, which
# goes through the log once for all cases.
try() {
	local out
	echo "== $1"
	echo "dmc case $1" > /dev/kmsg
	if out=$(dmsetup create form --table "$2" 2>&1); then
		dmsetup table form
		dmsetup remove form
	else
		grep -v '^Command failed' <<< "$out"
	fi
}
log_said() {
	echo "dmc case end" > /dev/kmsg
	dmesg | sed 's/^\[[^]]*\] *//' | awk '
		{ line[NR] = $0 }
		END {
			start = 0
			for (i = 1; i < NR; i++) if (line[i] == "dmc case end") start = i
			for (i = start + 1; i < NR; i++) {
				if (line[i] ~ /^dmc case /) {
					# what the module says as it comes belongs to no case
					begun = 1
					print "== " substr(line[i], 10) ": log"
					continue
				}
				if (begun && line[i] ~ /^device-mapper:/) {
					sub(/: 25[0-9]:[0-9]*:/, ": DEV:", line[i]); print line[i]
				}
			}
		}'
}

# compare_cores FUNCTION: run it on the stock core and on ours. It prints, for each
# case, a line "== NAME" and then what was seen; each case becomes one test. Without
# a module of ours, stock is held against stock: that shows that what is looked at
# does not change by itself.
compare_cores() {
	local second=ours core name
	core_unload
	[ -f "$DMC_MODULE" ] || second=stock
	for core in stock $second-2; do
		core_load "${core%-2}" || bail "the ${core%-2} core does not load"
		"$1" > "seen.$core"
		core_unload || bail "the ${core%-2} core does not unload"
		rm -rf "cases.$core"
		mkdir "cases.$core"
		awk -v dir="cases.$core" '
		/^== / { name = substr($0, 4); gsub(/[^A-Za-z0-9,.:-]+/, "_", name); next }
		{ print > dir "/" name }' "seen.$core"
	done
	for name in cases.stock/*; do
		name=${name##*/}
		is "$(diff cases.stock/"$name" "cases.$second-2/$name")" "" \
			"$second as stock: $name"
	done
	is "$(ls "cases.$second-2")" "$(ls cases.stock)" "the same cases on both"
}
