# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the scenarios of raid have in common. Leg N has its metadata on the device mN and
# its data on dN, as LVM2 lays them out; the array is the device raid.

# shellcheck source=tests/functional/targets/lib.sh
. "$DMC_TESTS/functional/targets/lib.sh"

m=/dev/mapper
up=/dev/mapper/raid

# raid_legs N MB
raid_legs() {
	local n
	modprobe dm-raid || bail "no dm-raid"
	legs=$1 leg_mb=$2
	for ((n = 0; n < legs; n++)); do
		leg_new "m$n" 1
		leg_new "d$n" "$leg_mb"
	done
	# The pace of md is not what is tested.
	echo 1000000 > /proc/sys/dev/raid/speed_limit_min
	echo 2000000 > /proc/sys/dev/raid/speed_limit_max
}

raid_table() {
	local n line="0 $raid_size raid $raid_level $1 $legs"
	for ((n = 0; n < legs; n++)); do
		line+=" $m/m$n $m/d$n"
	done
	echo "$line"
}

# raid_new LEVEL "PARAMETERS" SECTORS
raid_new() {
	raid_level=$1 raid_args=$2 raid_size=$3
	dev raid "$(raid_table "$raid_args")"
	ok $? "an array of $legs legs" || bail "no array"
}

# LVM2 does so when a leg may be back: a new table, under which failed legs are tried.
raid_reload() {
	dev_swap raid "$(raid_table "$raid_args")" --noflush
	ok $? "the array has a new table"
}

# raid_replace N: leg N gets new disks, to be rebuilt from the others.
raid_replace() {
	local kind disk mb args
	for kind in m d; do
		mb=1
		[ $kind = m ] || mb=$leg_mb
		disk=$(disk_new "$mb")
		leg_table[$kind$1]="0 $((mb * 2048)) linear $disk 0"
		dev_swap "$kind$1" "${leg_table[$kind$1]}" --nolockfs
	done
	args="$((${raid_args%% *} + 2)) ${raid_args#* } rebuild $1"
	dev_swap raid "$(raid_table "$args")" --noflush
	ok $? "leg $1 is replaced"
}

# raid_insync HEALTH DESC: the array comes into that state, with nothing left to do.
raid_insync_now() {
	local health ratio action
	read -r _ _ health ratio action _ <<< "$(status raid)"
	[ "$health" = "$1" ] && [ "${ratio%/*}" = "${ratio#*/}" ] && [ "$action" = idle ]
}
raid_insync() {
	wait_for 60 raid_insync_now "$1"
	ok $? "$2" || note "$(status raid)"
}

# The legs agree.
raid_scrub() {
	cmd_ok "a check of all legs" dmsetup message raid 0 check
	raid_insync "$(status raid | cut -d ' ' -f 3)" "has come to its end"
	is "$(status raid | cut -d ' ' -f 6)" 0 "and has found no difference"
}

raid_end() {
	local n
	cmd_ok "the array is removed" dmsetup remove raid
	for ((n = 0; n < legs; n++)); do
		dmsetup remove "m$n"
		dmsetup remove "d$n"
	done
}
