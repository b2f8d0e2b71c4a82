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

# --- bios, seen where they enter a device ---------------------------------------
# trace_run DEVICE... -- COMMAND...: runs the command and leaves, in the file
# "bios", one line for each bio that was submitted to one of the devices:
# "NAME OPERATION SECTOR+COUNT", as in "nullb0 WFS 128+8".
trace=/sys/kernel/tracing
[ -e $trace/events/block ] || trace=/sys/kernel/debug/tracing
trace_run() {
	local filter='' names=() d status
	while [ "$1" != -- ]; do
		d=$(stat -Lc '%Hr %Lr' "$1")
		# The kernel's own packing of a device number: 12 and 20 bits.
		d=$(((${d% *} << 20) | ${d#* }))
		filter+="${filter:+ || }dev == $d"
		names+=("-e" "s/^$(stat -Lc '%Hr,%Lr' "$1") /$(kname "$1") /")
		shift
	done
	shift
	echo 0 > $trace/tracing_on
	echo > $trace/trace
	echo "$filter" > $trace/events/block/block_bio_queue/filter
	echo 1 > $trace/events/block/block_bio_queue/enable
	echo 1 > $trace/tracing_on
	"$@"
	status=$?
	echo 0 > $trace/tracing_on
	echo 0 > $trace/events/block/block_bio_queue/enable
	sed -n 's/.*block_bio_queue: \([0-9,]* [A-Z]* [0-9]*\) + \([0-9]*\) \[.*/\1+\2/p' \
		$trace/trace | sed "${names[@]}" > bios
	echo 0 > $trace/events/block/block_bio_queue/filter
	return $status
}

# --- load in the background -----------------------------------------------------
# load_start DEVICE FIRST COUNT [dmioload option ...]; load_ops: I/Os done so far;
# load_more N: wait until N more are done; load_stop: end it, its last line and
# whatever it complained of on stdout, its exit status as the status.
load_start() {
	rm -f load.progress
	"$dmioload" "$@" progress=load.progress > load.out 2>&1 &
	load_pid=$!
	wait_for 60 load_begun
}
load_begun() { [ -s load.progress ] || ! kill -0 "$load_pid" 2> /dev/null; }
load_ops() { tr -d '\0' < load.progress; }
load_passed() { [ "$(load_ops)" -ge "$1" ] || ! kill -0 "$load_pid" 2> /dev/null; }
load_more() { wait_for 60 load_passed $(($(load_ops) + $1)); }
load_stop() {
	kill -TERM "$load_pid" 2> /dev/null
	wait "$load_pid"
	local status=$?
	cat load.out
	return $status
}
