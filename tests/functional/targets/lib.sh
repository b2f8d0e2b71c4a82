# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the scenarios of the target modules share, on top of those of the data path:
# legs that can be made to fail, and a short way to say that data are right.

# shellcheck source=tests/functional/data/lib.sh
. "$DMC_TESTS/functional/data/lib.sh"

# good DEV FIRST COUNT GEN DESC [dmio option ...]: the sectors are of that generation.
good() {
	local dev=$1 first=$2 count=$3 gen=$4 desc=$5
	shift 5
	is "$($dmio check "$dev" "$first" "$count" gen="$gen" "$@" 2>&1) $?" " 0" "$desc"
}

# fill DEV FIRST COUNT GEN DESC [dmio option ...]: write sectors of that generation.
fill() {
	local dev=$1 first=$2 count=$3 gen=$4 desc=$5
	shift 5
	is "$($dmio fill "$dev" "$first" "$count" gen="$gen" "$@" 2>&1) $?" " 0" "$desc"
}

# What a device's target says of itself, without where the target is.
status() { dmsetup status "$1" | cut -d ' ' -f 4-; }
status_has() { [[ $(status "$1") =~ $2 ]]; }

# leg_new NAME MB: a device with a disk of its own below, that can be made to fail.
declare -A leg_table
leg_new() {
	local disk
	disk=$(disk_new "$2") || bail "no disk"
	leg_table[$1]="0 $(($2 * 2048)) linear $disk 0"
	dev "$1" "${leg_table[$1]}" || bail "no leg"
}
leg_fail() { dev_swap "$1" "0 $(blockdev --getsz "/dev/mapper/$1") error" --nolockfs; }
leg_mend() { dev_swap "$1" "${leg_table[$1]}" --nolockfs; }

# tool PROGRAM...: they are there, or the scenario cannot be run.
tool() {
	local name
	for name; do
		type -P "$name" > /dev/null || bail "$name is not installed (make setup)"
	done
}
