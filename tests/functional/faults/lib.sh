# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the scenarios of failing allocations share, on top of control/raw.sh. "failnth"
# of dmraw lets the Nth allocation of its own task fail; here the kernel is told that
# this means every kind of allocation, not only those that must not sleep. Nothing
# fails for other tasks: the probability stays 0.

# shellcheck source=tests/functional/control/raw.sh
. "$DMC_TESTS/functional/control/raw.sh"

debugfs=/sys/kernel/debug
[ -d $debugfs/failslab ] || bail "no fault injection"

faults_knob()
{
	echo "$2" > "$debugfs/$1" || bail "no $1"
}

for faults_kind in failslab fail_page_alloc fail_usercopy; do
	faults_knob $faults_kind/probability 0
	# each would leave a stack trace in the log
	faults_knob $faults_kind/verbose 0
done
faults_knob failslab/ignore-gfp-wait N
faults_knob failslab/cache-filter N
faults_knob fail_page_alloc/ignore-gfp-wait N
faults_knob fail_page_alloc/min-order 0
