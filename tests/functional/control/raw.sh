# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For scenarios that make raw calls: `raw <<EOT ... EOT` runs a dmraw script (see
# tests/clients/dmraw.c) with the 64-bit client, whose buffers are followed by
# canary bytes, and then with the 32-bit one, whose buffers end at an unmapped
# page. The script has to leave the devices as it found them.
#   raw64, raw32        just one of the two
#   devno PATH          major:minor of a block device
#   usual VALUE OTHER   VALUE, but OTHER on 6.12
#   mended VALUE OTHER  VALUE, but OTHER for the stock module of 6.12, which errs
#   dmv                 the ioctl version of the running kernel's header

# shellcheck source=tests/vm/lib.sh
. "$DMC_TESTS/vm/lib.sh"

raw_count=0

raw_client()
{
	local client=$1 bits=$2 script=$3 ended=1 line

	shift 3
	while IFS= read -r line; do
		case $line in
		"ok - "*) tap_result 0 "${line#ok - }" ;;
		"not ok - "*) tap_result 1 "${line#not ok - }" ;;
		"done - "*) ended=0 ;;
		*) note "$line" ;;
		esac
	done < <("$DMC_BUILD/$client" -t "$bits" "$@" "$script" 2>&1)
	[ "$ended" -eq 0 ] || tap_result 1 "$client ran $script to its end"
}

raw_script()
{
	raw_count=$((raw_count + 1))
	cat > "$scenario_dir/raw.$raw_count"
}

raw64()
{
	raw_script
	raw_client dmraw 64 "$scenario_dir/raw.$raw_count" "$@"
}

raw32()
{
	raw_script
	raw_client dmraw.32 32 "$scenario_dir/raw.$raw_count" -g "$@"
}

raw()
{
	raw_script
	raw_client dmraw 64 "$scenario_dir/raw.$raw_count" "$@"
	raw_client dmraw.32 32 "$scenario_dir/raw.$raw_count" -g "$@"
}

# usual VALUE ON-6.12: what is expected on all kernels, and on 6.12
usual()
{
	case $DMC_KERNEL in
	6.12) echo "$2" ;;
	*) echo "$1" ;;
	esac
}

# mended VALUE STOCK-6.12: what is expected of all, and of the stock module of 6.12
mended()
{
	case $DMC_CORE-$DMC_KERNEL in
	stock-6.12) echo "$2" ;;
	*) echo "$1" ;;
	esac
}

devno()
{
	stat -L -c '%Hr:%Lr' "$1"
}

dmv()
{
	case $DMC_KERNEL in
	6.12) echo 4.48.0 ;;
	*) echo 4.47.0 ;;
	esac
}
