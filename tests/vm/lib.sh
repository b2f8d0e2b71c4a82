# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For scenarios: `. "$DMC_TESTS/vm/lib.sh"` as the first command.
#
# A scenario runs as root in the guest, in an empty directory of its own on a
# tmpfs, with the core under test loaded. What it finds in the environment:
#   DMC_TOP     the checkout           DMC_TESTS      its tests/
#   DMC_KERNEL  6.1, 6.12 or debug     DMC_CORE       ours, stock or none
#   DMC_MODULE  our dm-mod.ko          DMC_STOCK_DIR  the stock modules' folder
#   DMC_BUILD   the compiled clients   DM_DISABLE_UDEV=1 (there is no udev)
#
# Tests, each of which writes one line of TAP:
#   ok STATUS DESC          passes when STATUS is 0:  [ -b "$x" ]; ok $? "a node"
#   is GOT WANT DESC        the two strings are equal
#   isnt GOT OTHER DESC     the two strings differ
#   like GOT REGEX DESC     GOT matches the extended regular expression
#   unlike GOT REGEX DESC   GOT does not match it
#   cmd_ok DESC CMD...      the command exits with 0; its output is in $OUT
#   cmd_fails DESC CMD...   it exits with another status (and by itself, not by a
#                           signal); its output, errors included, is in $OUT
#   plan N / done_testing   one of the two: N first, or done_testing at the end
#   skip_all REASON         ends the scenario as skipped
#   bail REASON             ends the scenario as failed
#   note TEXT...            a comment in the output
#
# Surroundings:
#   disk_new MB [attr=value ...]  make a disk in memory (null_blk with those
#                           configfs attributes) and print its path
#   disk_free PATH          take it away again
#   wait_for SECONDS CMD... until the command succeeds; fails after the time,
#                           which is multiplied on the debug kernel
#   kmsg_mark / kmsg_since  the kernel log since the mark
#   slow N                  N, or less of it on the debug kernel (a quarter)
# Background jobs, mounts below the directory, dm devices and disks go when the
# scenario ends.
set -u

tests_run=0
tests_failed=0
tests_plan=
OUT=

note()
{
	local text

	while IFS= read -r text; do
		printf '# %s\n' "$text"
	done <<< "$*"
}

tap_result()
{
	tests_run=$((tests_run + 1))
	if [ "$1" -eq 0 ]; then
		printf 'ok %d - %s\n' "$tests_run" "$2"
		return 0
	fi
	tests_failed=$((tests_failed + 1))
	printf 'not ok %d - %s\n' "$tests_run" "$2"
	note "at ${BASH_SOURCE[2]##*/} line ${BASH_LINENO[1]}"
	return 1
}

ok()
{
	tap_result "$1" "$2"
}

is()
{
	[ "$1" = "$2" ]
	tap_result $? "$3" && return
	note "got:      $1"
	note "expected: $2"
	return 1
}

isnt()
{
	[ "$1" != "$2" ]
	tap_result $? "$3" && return
	note "got twice: $1"
	return 1
}

like()
{
	[[ $1 =~ $2 ]]
	tap_result $? "$3" && return
	note "got:           $1"
	note "does not match: $2"
	return 1
}

unlike()
{
	! [[ $1 =~ $2 ]]
	tap_result $? "$3" && return
	note "got:     $1"
	note "matches: $2"
	return 1
}

cmd_ok()
{
	local desc=$1 status

	shift
	OUT=$("$@" 2>&1)
	status=$?
	tap_result "$status" "$desc" && return
	note "command: $*"
	note "exit status $status, output: $OUT"
	return 1
}

cmd_fails()
{
	local desc=$1 status good

	shift
	OUT=$("$@" 2>&1)
	status=$?
	[ "$status" -gt 0 ] && [ "$status" -lt 126 ]
	good=$?
	tap_result "$good" "$desc" && return
	note "command: $*"
	note "exit status $status where a failure was expected, output: $OUT"
	return 1
}

plan()
{
	tests_plan=$1
	echo "1..$1"
}

done_testing()
{
	[ -n "$tests_plan" ] || plan "$tests_run"
	[ "$tests_failed" -eq 0 ] && [ "$tests_plan" -eq "$tests_run" ]
	exit $?
}

skip_all()
{
	echo "1..0 # SKIP $*"
	exit 0
}

bail()
{
	echo "Bail out! $*"
	exit 1
}

# Reading with a limit from a pipe that nothing is written to: a sleep that does
# not start a program, which takes long on an emulated machine.
exec {pause_fd}<> <(:)
pause()
{
	read -rt "$1" -u "$pause_fd"
	return 0
}

wait_for()
{
	local limit=$1 end

	shift
	[ "$DMC_KERNEL" = debug ] && limit=$((limit * 4))
	end=$((SECONDS + limit))
	until "$@" > /dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		pause 0.05
	done
}

slow()
{
	if [ "$DMC_KERNEL" = debug ]; then
		echo $((($1 + 3) / 4))
	else
		echo "$1"
	fi
}

# --- the kernel log ---------------------------------------------------------------

# The mark is unique, so that nothing logged before can be taken for it.
kmsg_mark()
{
	kmsg_last="mark $$.${RANDOM}${RANDOM}"
	echo "$kmsg_last" > /dev/kmsg
}

kmsg_since()
{
	dmesg | sed "1,/$kmsg_last\$/d"
}

# --- disks --------------------------------------------------------------------------

nullb=/sys/kernel/config/nullb

# null_blk has a module parameter and, for each disk, a folder in configfs. Folder
# and disk share their name, which kernels choose differently, if it is nullbN.
disk_new()
{
	local mb=$1 n=0 dir attr

	shift
	[ -d "$nullb" ] || modprobe null_blk nr_devices=0 || return 1
	until mkdir "$nullb/nullb$n" 2> /dev/null; do
		n=$((n + 1))
		[ "$n" -lt 10000 ] || return 1
	done
	dir=$nullb/nullb$n
	echo "$mb" > "$dir/size" || return 1
	echo 1 > "$dir/memory_backed" || return 1
	for attr in "$@"; do
		echo "${attr#*=}" > "$dir/${attr%%=*}" || return 1
	done
	echo 1 > "$dir/power" || return 1
	if [ "$(< "$dir/index")" != "$n" ] && [ ! -b "/dev/nullb$n" ]; then
		n=$(< "$dir/index")
	fi
	wait_for 10 test -b "/dev/nullb$n" || return 1
	echo "/dev/nullb$n"
}

disk_free()
{
	local dir=$nullb/${1##*/}

	[ -d "$dir" ] || return 1
	echo 0 > "$dir/power" && rmdir "$dir"
}

# --- the end ------------------------------------------------------------------------

scenario_cleanup()
{
	local status=$? dev at pids

	trap - EXIT
	cd / || exit 1
	pids=$(jobs -p)
	# shellcheck disable=SC2086 # one word a process
	[ -n "$pids" ] && kill $pids 2> /dev/null
	if grep -q " $scenario_dir/" /proc/mounts; then
		while read -r _ at _; do
			case $at in
			"$scenario_dir"/*) umount "$at" || umount -l "$at" ;;
			esac
		done < <(tac /proc/mounts)
	fi
	if compgen -G '/sys/block/dm-*' > /dev/null && [ -e /dev/mapper/control ]; then
		dmsetup remove_all > /dev/null 2>&1
		# What is suspended, stacked or has I/O waiting needs more.
		dmsetup ls 2> /dev/null | sed -n 's/\t.*//p' | while read -r dev; do
			dmsetup resume "$dev" > /dev/null 2>&1
		done
		wait_for 5 dmsetup_gone
	fi
	for dev in "$nullb"/*/; do
		[ -d "$dev" ] || continue
		echo 0 > "$dev/power"
		rmdir "$dev"
	done
	exit "$status"
}

dmsetup_gone()
{
	dmsetup remove_all
	[ -z "$(dmsetup ls 2> /dev/null | sed -n '/\t/p')" ]
}

scenario_dir=$PWD
trap scenario_cleanup EXIT
trap 'exit 143' TERM INT HUP
