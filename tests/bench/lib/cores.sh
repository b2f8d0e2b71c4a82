# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For what runs in the guest: two disks, and one core or the other above them.

# shellcheck source=tests/vm/lib.sh
. "$DMC_TESTS/vm/lib.sh"

# In bio mode, with nothing behind it and no timer: what is left is the block layer.
disks_make()
{
	disk=$(disk_new 1048576 queue_mode=0 irqmode=0 memory_backed=0) &&
		disk2=$(disk_new 1048576 queue_mode=0 irqmode=0 memory_backed=0)
}

core_load()
{
	local dep

	if [ "$1" = stock ]; then
		modprobe dm_mod
		return
	fi
	for dep in $(modinfo -F depends "$DMC_MODULE" | tr , ' '); do
		modprobe "$dep" || return 1
	done
	insmod "$DMC_MODULE"
}

# The target modules that the figures need beside what is built in.
targets_load()
{
	case " $2 " in
	*" zero-"*) [ "$1" = ours ] || modprobe dm_zero ;;
	esac
	case " $2 " in
	*" clone-"*) modprobe dm_unstripe ;;
	esac
}

core_unload()
{
	local module

	[ -d /sys/module/dm_mod ] || return 0
	dmsetup remove_all > /dev/null 2>&1
	for module in dm_zero dm_unstripe; do
		[ ! -d "/sys/module/$module" ] || rmmod "$module"
	done
	rmmod dm_mod
}

# What a call writes to the console would be counted too.
console_quiet()
{
	printk_was=$(cat /proc/sys/kernel/printk)
	loud_was=$(cat /sys/module/printk/parameters/ignore_loglevel)
	echo 3 > /proc/sys/kernel/printk
	echo N > /sys/module/printk/parameters/ignore_loglevel
}

console_restore()
{
	echo "$loud_was" > /sys/module/printk/parameters/ignore_loglevel
	echo "$printk_was" > /proc/sys/kernel/printk
}
