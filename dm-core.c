// SPDX-License-Identifier: GPL-2.0
/* Module parameters; the order in which the parts start and stop. */
#include <linux/device-mapper.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/nodemask.h>
#include <linux/numa.h>
#include <linux/sizes.h>

#include "control.h"
#include "device.h"
#include "hook.h"
#include "io.h"
#include "params.h"
#include "stats.h"
#include "target.h"
#include "verbs.h"

#define DM_MSG_PREFIX "core"

static unsigned int major;
module_param(major, uint, 0444);
MODULE_PARM_DESC(major, "Block major number to ask for (0: any)");

#define RESERVED_IOS_DEFAULT	16
#define RESERVED_IOS_MAX	1024

static unsigned int reserved_bio_based_ios = RESERVED_IOS_DEFAULT;
module_param(reserved_bio_based_ios, uint, 0644);
MODULE_PARM_DESC(reserved_bio_based_ios, "Bio clones that each table keeps in reserve (1 to 1024)");

static int wanted_node = NUMA_NO_NODE;
module_param_named(dm_numa_node, wanted_node, int, 0644);
MODULE_PARM_DESC(dm_numa_node, "NUMA node for the memory of mapped devices (-1: any)");

#define SWAP_BIOS_DEFAULT	((int)(SZ_8M / PAGE_SIZE))

static int swap_bios = SWAP_BIOS_DEFAULT;
module_param(swap_bios, int, 0644);
MODULE_PARM_DESC(swap_bios, "Swap bios under way in a device whose targets limit them");

#define SUBJOB_KB_DEFAULT	512
#define SUBJOB_KB_MAX		1024

static unsigned int kcopyd_subjob_size_kb = SUBJOB_KB_DEFAULT;
module_param(kcopyd_subjob_size_kb, uint, 0644);
MODULE_PARM_DESC(kcopyd_subjob_size_kb, "What new kcopyd clients copy at a time, in kB (1 to 1024)");

module_param_named(stats_current_allocated_bytes, dm_stats_bytes, ulong, 0444);
MODULE_PARM_DESC(stats_current_allocated_bytes, "Memory that statistics take at present");

unsigned int dm_major_wanted(void)
{
	return major;
}

int dm_numa_node(void)
{
	int node = READ_ONCE(wanted_node);

	return node >= 0 && node < MAX_NUMNODES && node_online(node) ? node : NUMA_NO_NODE;
}

int dm_swap_bios_limit(void)
{
	int limit = READ_ONCE(swap_bios);

	return limit > 0 ? limit : SWAP_BIOS_DEFAULT;
}

unsigned int dm_get_reserved_bio_based_ios(void)
{
	unsigned int ios = READ_ONCE(reserved_bio_based_ios);

	return ios ? min_t(unsigned int, ios, RESERVED_IOS_MAX) : RESERVED_IOS_DEFAULT;
}
EXPORT_SYMBOL_GPL(dm_get_reserved_bio_based_ios);

/* What it shows is what was in force last, unless somebody has changed it meanwhile. */
unsigned int dm_kcopyd_subjob_kb(void)
{
	unsigned int asked = READ_ONCE(kcopyd_subjob_size_kb);
	unsigned int kb = asked ? min_t(unsigned int, asked, SUBJOB_KB_MAX) : SUBJOB_KB_DEFAULT;

	if (kb != asked)
		cmpxchg(&kcopyd_subjob_size_kb, asked, kb);
	return kb;
}

/* Started in this order, stopped in the reverse; user space comes last. */
static const struct {
	int (*start)(void);
	void (*stop)(void);
} parts[] = {
	{ dm_hooks_start, dm_hooks_stop },
	{ dm_clones_start, dm_clones_stop },
	{ dm_disk_start, dm_disk_stop },
	{ dm_verbs_start, dm_verbs_stop },
	{ dm_builtin_start, dm_builtin_stop },
	{ dm_control_start, dm_control_stop },
};

static void parts_stop(unsigned int n)
{
	while (n--)
		parts[n].stop();
}

static int __init dm_core_init(void)
{
	unsigned int i;
	int r;

	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		r = parts[i].start();
		if (r) {
			parts_stop(i);
			return r;
		}
	}
	return 0;
}

static void __exit dm_core_exit(void)
{
	parts_stop(ARRAY_SIZE(parts));
	/* the memory of the last devices is freed from RCU callbacks */
	rcu_barrier();
}

module_init(dm_core_init);
module_exit(dm_core_exit);

/* The stock module has no version: /sys/module/dm_mod/version is only there with this one. */
MODULE_VERSION("0.1.0");
MODULE_DESCRIPTION("dm-core: a device-mapper core");
MODULE_AUTHOR("the dm-core developers");
MODULE_LICENSE("GPL");
