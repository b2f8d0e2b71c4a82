# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For the multipath scenarios: one disk in memory that is reached by several ways, as
# SCSI disks of as many hosts; and devices on them.

# shellcheck source=tests/functional/data/lib.sh
. "$DMC_TESTS/functional/data/lib.sh"

# paths_new N [PARAM=VALUE ...]: the disks, in the array "paths", of $sectors sectors.
paths_new() {
	local n=$1
	shift
	modprobe -a scsi_mod sd_mod dm_multipath
	modprobe scsi_debug add_host="$n" dev_size_mb=8 "$@" || bail "no scsi_debug"
	wait_for 60 paths_there "$n" || bail "no SCSI disks"
	sectors=$(blockdev --getsz "${paths[0]}")
}
paths_there() {
	local block
	paths=()
	for block in /sys/bus/pseudo/drivers/scsi_debug/adapter*/host*/target*/*/block/*; do
		[ ! -b "/dev/${block##*/}" ] || paths+=("/dev/${block##*/}")
	done
	[ ${#paths[@]} -eq "$1" ]
}
paths_end() {
	wait_for 60 modprobe -r scsi_debug
	modules_end
}
# What holds the core, so that it can be unloaded.
modules_end() {
	local s
	for s in $selectors; do modprobe -r "dm-$s"; done
	modprobe -r dm_multipath
}

# The path selectors that the kernel has.
selectors=
for s in round-robin queue-length service-time historical-service-time io-affinity; do
	modprobe "dm-$s" 2> /dev/null && selectors+=" $s"
done

# mp_table MODE FEATURES SELECTOR: one group of all paths. FEATURES may be empty.
mp_table() {
	local mode=$1 features=$2 selector=$3 words='' i arg args
	[ "$mode" = rq ] || features+=" queue_mode $mode"
	# shellcheck disable=SC2086
	set -- $features
	for i in "${!paths[@]}"; do
		case $selector in
		round-robin | queue-length) args=1 arg=1 ;;
		service-time) args=2 arg="1 $((i + 1))" ;;
		historical-service-time) args=1 arg=1 ;;
		# the first path for CPU 0, the second for CPU 1
		io-affinity) args=1 arg=$((1 << i)) ;;
		esac
		words+=" ${paths[i]} $arg"
	done
	echo "0 $sectors multipath $# $* 0 1 1 $selector 0 ${#paths[@]} $args$words"
}

mp_message() { dmsetup message "$1" 0 "$2"; }
# mp_states NAME: a letter for each path, in order: A(ctive) or F(ailed)
mp_states() {
	local p out='' status
	status=$(dmsetup status --noflush "$1")
	for p in "${paths[@]}"; do
		[[ $status =~ \ $(devno "$p")\ ([AF])\  ]] && out+=${BASH_REMATCH[1]}
	done
	echo "$out"
}
mp_are() { [ "$(mp_states "$1")" = "$2" ]; }

# What a path has done: reads and writes completed.
path_ios() { awk '{ print $1 + $5 }' "/sys/block/${1#/dev/}/stat"; }
path_state() { echo "$2" > "/sys/block/${1#/dev/}/device/state"; }
