# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the scenarios of the tools share, on top of the data scenarios' library: udev's
# daemon with the rules of the installed packages, LVM with a configuration of the
# scenario's own, and an end that leaves nothing of either behind.
#
# udev_start              start systemd-udevd and let it see the disks that are there; from
#                         then on the tools wait for udev (DM_DISABLE_UDEV is unset)
# udev_settle             until udev has nothing left to do
# udev_stop               end it, with its database and links; the tools do without again
# cookies_none DESC       a test: no cookie is left that somebody would wait for
# lvm_start DISK...       LVM sees these disks and no others; lvm_conf TEXT adds settings
# lvm_do DESC COMMAND...  a test: LVM's commands, one a string, in one process, for it takes
#                         a second to start; the first that fails ends it
# run PROGRAM...          cmd_ok with the command itself as description

# shellcheck source=tests/functional/data/lib.sh
. "$DMC_TESTS/functional/data/lib.sh"

udevd=
scsi_used=
export LVM_SUPPRESS_FD_WARNINGS=1

run() {
	cmd_ok "$*" "$@"
}

# Opening a file over 9p costs the guest milliseconds, and these programs open many: with
# the first write to a file the overlay takes it into RAM. warm PROGRAM...
warm() {
	local program files=()

	for program; do
		[ -e "/run/warm.${program##*/}" ] && continue
		: > "/run/warm.${program##*/}"
		# shellcheck disable=SC2207 # no blanks in these
		files+=("$program" $(ldd "$program" | grep -o '/lib[^ ]*'))
	done
	[ "${#files[@]}" -eq 0 ] || readlink -f "${files[@]}" | sort -u | xargs touch -c
}

udev_start() {
	warm /bin/udevadm /sbin/dmsetup
	# of those that waited in a scenario that did not get to its end
	dmsetup udevcomplete_all -y > /dev/null
	mkdir -p /run/udev
	/lib/systemd/systemd-udevd --children-max=4 --event-timeout=60 > udevd.log 2>&1 &
	udevd=$!
	wait_for 60 udevadm control --ping || bail "systemd-udevd does not start"
	unset DM_DISABLE_UDEV
	[ -z "${LVM_SYSTEM_DIR-}" ] || udevadm control --property=LVM_SYSTEM_DIR="$LVM_SYSTEM_DIR"
	# Only what has to do with disks: the rest would load drivers that nobody needs.
	udevadm trigger --action=add --subsystem-match=block
	udevadm settle --timeout=60 || bail "udev does not settle"
}

udev_settle() {
	udevadm settle --timeout=60
}

udev_stop() {
	[ -n "$udevd" ] || return 0
	udevadm settle --timeout=30
	udevadm control --exit --timeout=30
	wait "$udevd"
	udevd=
	export DM_DISABLE_UDEV=1
	rm -rf /run/udev /dev/disk
}

cookies_none() {
	is "$(dmsetup udevcookies 2>&1 | grep -v '^Cookie  *Semid')" "" "$1"
}

# Everything below a directory of the scenario's own, with nothing of the host's.
lvm_start() {
	local d accept=

	warm /sbin/lvm
	for d; do
		accept+="\"a|^$d\$|\", "
	done
	export LVM_SYSTEM_DIR=$PWD/lvm
	mkdir -p lvm
	cat > lvm/lvm.conf <<-EOC
	devices {
		types = [ "nullb", 16 ]
		global_filter = [ ${accept}"r|.*|" ]
	}
	activation {
		monitoring = 0
	}
	backup {
		backup = 0
		archive = 0
	}
	EOC
	[ -z "$udevd" ] || udevadm control --property=LVM_SYSTEM_DIR="$LVM_SYSTEM_DIR"
}

lvm_conf() {
	printf '%s\n' "$*" >> lvm/lvm.conf
}

lvm_do() {
	local desc=$1

	shift
	printf '%s\n' '#!/sbin/lvm' "$@" > lvm/script
	cmd_ok "$desc" lvm "$PWD/lvm/script"
}

# Fields of a report, blanks squeezed: report lvs -o name,size vg
report() {
	local tool=$1

	shift
	"$tool" --noheadings --nosuffix --units s "$@" 2> report.err |
		sed 's/^ *//; s/ *$//; s/  */ /g'
}

# dos_label DEVICE SECTOR "TYPE START COUNT"...: a DOS label there, or a link in the chain
# of an extended partition
dos_label() {
	local dev=$1 sector=$2 n=$(($# - 2)) bytes='' entry type start count i

	shift 2
	for entry; do
		read -r type start count <<< "$entry"
		bytes+="\\0\\0\\0\\0\\x$type\\0\\0\\0"
		for i in "$start" "$count"; do
			bytes+=$(printf '\\x%02x' $((i & 255)) $((i >> 8 & 255)) $((i >> 16 & 255)) $((i >> 24)))
		done
	done
	{
		head -c 446 /dev/zero
		printf '%b' "$bytes"
		head -c $((64 - 16 * n)) /dev/zero
		printf '\x55\xaa'
	} > label
	dd if=label of="$dev" bs=512 seek="$sector" conv=notrunc,fsync status=none
}

# --- a file system in use ---------------------------------------------------------
# files_put DIR: some files, with their sums in DIR.sums; files_same DESC DIR: a test
# that they are what they were; files_below reads them with O_DIRECT. writer_start DIR: a process that makes, syncs and removes
# files there until writer_stop, which is a test that it could always go on.
files_put() {
	local i

	mkdir -p "$1/files"
	for i in 1 2 3 4 5 6; do
		head -c $((i * 70001)) /dev/urandom > "$1/files/$i"
	done
	sync -f "$1"
	(cd "$1" && sha256sum files/*) > "${1##*/}.sums"
}

files_same() {
	is "$(cd "$2" && sha256sum -c --quiet "$OLDPWD/${2##*/}.sums" 2>&1)" "" "$1"
}

# The same, by reading what is below and not in memory.
files_below() {
	is "$(cd "$2/files" && for i in *; do
		echo "$(dd if="$i" iflag=direct bs=64k status=none | sha256sum | sed 's/-$//')files/$i"
	done)" "$(< "${2##*/}.sums")" "$1"
}

writer_start() {
	rm -f writer.*
	writer "$1" &
	writer_pid=$!
	writer_more 1
}

writer() {
	local i=0

	mkdir -p "$1/writer"
	while [ ! -e writer.stop ]; do
		i=$((i + 1))
		printf '%s\n' {1..4000} "$i" > "$1/writer/$((i % 8))" &&
			sync "$1/writer/$((i % 8))" || exit 1
		echo "$i" > writer.new
		mv writer.new writer.done
	done
	for i in "$1"/writer/*; do
		[ "$(head -n 4000 "$i" | sha256sum)" = "$(printf '%s\n' {1..4000} | sha256sum)" ] || exit 1
	done
	exit 0
}

writer_count() {
	local n=0

	[ ! -e writer.done ] || read -r n < writer.done
	echo "$n"
}
writer_passed() { [ "$(writer_count)" -ge "$1" ] || ! kill -0 "$writer_pid" 2> /dev/null; }
writer_more() { wait_for 60 writer_passed $(($(writer_count) + $1)); }

writer_stop() {
	: > writer.stop
	wait "$writer_pid"
	is $? 0 "$1"
}

# Target modules, with what holds them: a cache's policy, a multipath's selectors.
holders_unload() {
	local holder

	for holder in /sys/module/"$1"/holders/*; do
		[ -e "$holder" ] || continue
		holders_unload "${holder##*/}"
		modprobe -qr "${holder##*/}" 2> /dev/null
	done
}

# --- the end ----------------------------------------------------------------------
# Whoever waits for udev must have an answer while devices go, so it ends last but for
# the disks. What a failed scenario left is the harness's to find.
tools_cleanup() {
	local status=$? pid at

	cd "$scenario_dir" || exit 1
	for pid in $(jobs -p); do
		[ "$pid" = "$udevd" ] || kill "$pid" 2> /dev/null
	done
	while read -r _ at _; do
		case $at in
		"$scenario_dir"/*) umount "$at" || umount -l "$at" ;;
		esac
	done < <(tac /proc/mounts)
	if [ -n "$(ls /run/dmeventd.pid 2> /dev/null)" ]; then
		kill "$(< /run/dmeventd.pid)" 2> /dev/null
	fi
	[ -z "${multipathd-}" ] || kill "$multipathd" 2> /dev/null
	if [ "$status" -ne 0 ] && [ -n "$udevd" ]; then
		# Devices that are left go without udev, for they may not go in good order.
		dmsetup udevcomplete_all -y > /dev/null 2>&1
	fi
	udev_stop
	for at in $(losetup -nO NAME); do
		losetup -d "$at"
	done
	if [ -n "$scsi_used" ]; then
		dmsetup remove_all --force > /dev/null 2>&1
		scsi_end
	fi
	rm -rf /run/lvm /run/lock/lvm
	holders_unload dm_mod
	(exit "$status")
	scenario_cleanup
}
trap tools_cleanup EXIT
